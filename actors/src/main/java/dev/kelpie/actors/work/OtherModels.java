package dev.kelpie.actors.work;

import dev.kelpie.experience.MemberDraws;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.wire.arrow.MappedWeights;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The models beside the policy that an engine has loaded, by which members of groups sample. */
final class OtherModels {
  private final FileExchange bulk;

  /** The hash of the weights by the model's name; empty for those of a folder. */
  private final Map<String, String> loaded = new HashMap<>();

  OtherModels(FileExchange bulk) {
    this.bulk = bulk;
  }

  /**
   * Loads the models of the unit's members, unless they are loaded, and gives up all others.
   *
   * @param earlier published versions before {@code weights}
   */
  void load(
      RolloutEngine engine,
      RolloutUnit unit,
      PublishedWeights weights,
      List<PublishedWeights> earlier) {
    Set<String> names = new HashSet<>();
    unit.members().forEach(member -> names.add(member.model()));
    if (loaded.keySet().retainAll(names)) {
      engine.keepModels(names);
    }
    for (MemberDraws member : unit.members()) {
      if (member.version().isPresent()) {
        loadVersion(engine, member, weights, earlier);
      } else if (!loaded.containsKey(member.model())) {
        boolean start = member.model().equals(MemberDraws.INITIAL);
        engine.loadModel(
            member.model(), start ? Optional.empty() : Optional.of(Path.of(member.model())));
        loaded.put(member.model(), "");
      }
    }
  }

  private void loadVersion(
      RolloutEngine engine,
      MemberDraws member,
      PublishedWeights weights,
      List<PublishedWeights> earlier) {
    PublishedWeights version =
        Stream.concat(earlier.stream(), Stream.of(weights))
            .filter(known -> known.version().equals(member.version().orElseThrow()))
            .findFirst()
            .orElseThrow(
                () ->
                    new IllegalStateException(
                        member.model()
                            + ": no weights (expected: those of member "
                            + member.member()
                            + ")"));
    if (version.weightsSha256().equals(loaded.get(member.model()))) {
      return;
    }
    try (MappedWeights mapped = bulk.open(version)) {
      engine.loadModel(member.model(), Optional.empty(), mapped);
    }
    if (!version.equals(weights)) {
      bulk.forget(version.file());
    }
    loaded.put(member.model(), version.weightsSha256());
  }

  /** The engine has given up all models. */
  void forget() {
    loaded.clear();
  }
}
