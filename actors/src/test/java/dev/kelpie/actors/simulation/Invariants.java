package dev.kelpie.actors.simulation;

import dev.kelpie.actors.plan.ScoredUnit;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.GroupId;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.wire.arrow.PublishedWeights;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** What must hold in every moment of a run, seen from its workers. */
final class Invariants implements Watcher {
  private final Experiment experiment;
  private final List<String> faults = new ArrayList<>();
  private final TreeMap<Long, String> policy = new TreeMap<>();
  private SimulatedFiles files = new SimulatedFiles();
  private long trained;

  Invariants(Experiment experiment) {
    this.experiment = experiment;
  }

  /** The files of the run. */
  void watch(SimulatedFiles own) {
    files = own;
  }

  /** What did not hold. */
  List<String> faults() {
    return faults;
  }

  /** The hash of the weights after each step. */
  NavigableMap<Long, String> policy() {
    return policy;
  }

  private void check(boolean fine, Supplier<String> fault) {
    if (!fine) {
      faults.add(fault.get());
    }
  }

  private boolean synchronous() {
    return experiment.async().maxStaleness() == 0;
  }

  @Override
  public void generating(RolloutUnit unit, PublishedWeights weights) {
    check(
        unit.version().equals(weights.version()),
        () -> unit.id() + ": weights " + weights.version());
    long version = unit.version().number();
    if (unit.id().purpose() == Purpose.EVAL) {
      check(version == unit.id().step(), () -> unit.id() + ": measures " + version);
    } else {
      long begin = experiment.iterations().start(unit.id().step());
      check(
          version <= begin && version >= begin - experiment.async().maxStaleness(),
          () -> unit.id() + ": sampled with version " + version);
    }
  }

  @Override
  public void training(long before, long step, List<ScoredUnit> units) {
    check(step == before + 1, () -> "step " + step + " is trained after step " + before);
    Set<GroupId> groups = new HashSet<>();
    Set<Integer> indices = new HashSet<>();
    for (ScoredUnit scored : units) {
      Optional<SimulatedFiles.Responses> file = files.read(scored.file());
      if (file.isEmpty()) {
        faults.add(scored.unit() + ": no file");
        continue;
      }
      RolloutUnit unit = file.get().unit();
      check(
          unit.id().equals(scored.unit()), () -> scored.unit() + ": has the file of " + unit.id());
      check(unit.id().step() == step, () -> unit.id() + " is trained in step " + step);
      check(
          SimulatedFiles.score(file.get(), 0, unit.rows()).equals(scored.outcomes()),
          () -> unit.id() + ": has other rewards than its own");
      for (GroupId group : unit.groups()) {
        check(groups.add(group), () -> group + ": twice in step " + step);
        indices.add(group.index());
      }
      long lag = experiment.iterations().start(step) - unit.version().number();
      check(
          lag >= 0 && lag <= experiment.async().maxStaleness(),
          () -> unit.id() + ": lags by " + lag);
      if (synchronous()) {
        String sampled = file.get().weights().weightsSha256();
        String expected = policy.getOrDefault(unit.version().number(), SimulatedFiles.first());
        check(
            sampled.equals(expected),
            () -> unit.id() + ": sampled with weights of another history");
      }
    }
    boolean samples = experiment.iterations().samples(step);
    int prompts = experiment.rollout().promptsPerStep();
    boolean all = IntStream.range(0, prompts).allMatch(indices::contains);
    check(!samples || all, () -> "step " + step + ": groups " + indices + " of " + prompts);
    check(samples || units.isEmpty(), () -> "step " + step + ": samples in a later epoch");
  }

  @Override
  public void trained(long step, String policySha256) {
    policy.put(step, policySha256);
    trained++;
  }

  /** Steps trained, those again that a crash lost. */
  long trainedSteps() {
    return trained;
  }

  @Override
  public void resumed(long step) {
    policy.tailMap(step, false).clear();
  }
}
