package dev.kelpie.algorithms.pairing;

import dev.kelpie.config.Catalog;

/** All ways to make pairs, by the name that {@code algorithm.pairing.type} gives. */
public final class Pairings {
  private Pairings() {}

  public static Catalog<Pairing> catalog() {
    return Catalog.<Pairing>of("pairing")
        .add("best-worst", BestWorstPairing.Options.DEFAULTS, BestWorstPairing::new)
        .add("all", new AllPairing(false))
        .add("random", new AllPairing(true))
        .add("adjacent", new AdjacentPairing())
        .add("samples", new SamplesPairing())
        .add("origin", new OriginPairing())
        .add("mutual", new MutualPairing())
        .add("same", new SamePairing());
  }
}
