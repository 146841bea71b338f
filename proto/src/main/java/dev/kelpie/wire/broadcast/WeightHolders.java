package dev.kelpie.wire.broadcast;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Who holds which parts of which published weights, as the processes announce it. Each process that
 * downloads a file is told of its neighbours: the processes that announced the file stand in a
 * ring, in the order in which they began, and those at most {@value #REACH} places away are
 * neighbours. So the number of messages grows with the number of processes, not with its square.
 *
 * @param <A> a process's address
 */
public final class WeightHolders<A> {
  static final int REACH = 4;
  private static final int FILES = 16;

  private final Map<String, Map<String, Entry<A>>> files = new LinkedHashMap<>();

  private record Entry<A>(String node, A address, Holding holding) {}

  /** What a process is to be told. */
  public record Told<A>(A address, Holders holders) {}

  /**
   * Takes an announcement.
   *
   * @param node host and port of the actor system of the process
   * @return whom it is passed on to, and what the process itself is told when it begins
   */
  public List<Told<A>> announced(String node, A address, Holding holding) {
    String file = holding.chunksSha256();
    Map<String, Entry<A>> ring = files.computeIfAbsent(file, key -> new LinkedHashMap<>());
    boolean gone = holding.held().isEmpty() && !holding.wants();
    if (gone && !ring.containsKey(holding.url())) {
      return List.of();
    }
    Entry<A> before = ring.put(holding.url(), new Entry<>(node, address, holding));
    List<Told<A>> told = new ArrayList<>(passOn(file, ring, holding));
    // One that has joined the cluster again has missed what others were told in the meantime.
    boolean begins = before == null || !before.address().equals(address);
    if (begins && holding.wants()) {
      told.add(0, first(file, ring, holding));
    }
    if (gone) {
      ring.remove(holding.url());
    }
    while (files.size() > FILES) {
      files.remove(files.keySet().iterator().next());
    }
    return told;
  }

  private List<Told<A>> passOn(String file, Map<String, Entry<A>> ring, Holding holding) {
    List<String> order = List.copyOf(ring.keySet());
    List<Holders.Holder> changed = List.of(new Holders.Holder(holding.url(), holding.held()));
    return neighbours(order, order.indexOf(holding.url())).stream()
        .filter(place -> entry(ring, order.get(place)).holding().wants())
        .map(
            place ->
                new Told<>(
                    entry(ring, order.get(place)).address(),
                    new Holders(file, place, order.size(), changed)))
        .toList();
  }

  private Told<A> first(String file, Map<String, Entry<A>> ring, Holding holding) {
    List<String> order = List.copyOf(ring.keySet());
    int own = order.indexOf(holding.url());
    List<Holders.Holder> known =
        neighbours(order, own).stream()
            .map(place -> entry(ring, order.get(place)).holding())
            .filter(other -> !other.held().isEmpty())
            .map(other -> new Holders.Holder(other.url(), other.held()))
            .toList();
    return new Told<>(
        entry(ring, holding.url()).address(), new Holders(file, own, order.size(), known));
  }

  private static <A> Entry<A> entry(Map<String, Entry<A>> ring, String url) {
    return Objects.requireNonNull(ring.get(url), url);
  }

  /** Places of the neighbours of place {@code own}. */
  private static Set<Integer> neighbours(List<String> order, int own) {
    Set<Integer> places = new LinkedHashSet<>();
    for (int far = 1; far <= REACH; far++) {
      places.add(Math.floorMod(own - far, order.size()));
      places.add(Math.floorMod(own + far, order.size()));
    }
    places.remove(own);
    return places;
  }

  /** Removes what a lost node held; returns who is told so. */
  public List<Told<A>> nodeLost(String node) {
    List<Told<A>> told = new ArrayList<>();
    for (Map<String, Entry<A>> ring : files.values()) {
      for (Entry<A> entry : List.copyOf(ring.values())) {
        if (entry.node().equals(node)) {
          Holding holding = entry.holding();
          String file = holding.chunksSha256();
          Holding none = new Holding(file, holding.url(), Ranges.NONE, false);
          told.addAll(passOn(file, ring, none));
          ring.remove(holding.url());
        }
      }
    }
    told.removeIf(one -> isOf(node, one.address()));
    return told;
  }

  private boolean isOf(String node, A address) {
    return files.values().stream()
        .flatMap(ring -> ring.values().stream())
        .anyMatch(entry -> entry.node().equals(node) && entry.address().equals(address));
  }
}
