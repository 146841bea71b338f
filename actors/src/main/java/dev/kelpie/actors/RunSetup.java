package dev.kelpie.actors;

import dev.kelpie.config.Experiment;
import dev.kelpie.experience.LogprobScorer;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rollout.RolloutEngine;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Everything a process needs to take part in a run. A supplier is called once per part and only
 * where its role is: engines {@code rollout.workers} times, all others once; the scorer again when
 * a reference that moves has to go back to its start.
 *
 * @param experiment the resolved experiment; its block {@code cluster} says where to listen and
 *     whom to join
 * @param folder the run's folder; the same on every process of a host
 * @param engines makes a rollout engine
 * @param trainer makes the trainer
 * @param scorer makes the reference policy; empty when the run needs no reference
 * @param reward makes the reward
 * @param train prompts to train on
 * @param heldOut prompts to measure with; empty without evaluation
 * @param rowLimits by step, limit of new tokens of each of its rows, for measurements; empty token
 *     ids mean no limits beyond the experiment's
 * @param notes what a person should know of the data, told as events of the run
 * @param resume go on from the newest valid checkpoint in {@code folder}
 * @param process name of this process in the run, which its rollout workers are called by; empty
 *     for a process without a name
 */
public record RunSetup(
    Experiment experiment,
    RunFolder folder,
    Supplier<? extends RolloutEngine> engines,
    Supplier<? extends PolicyTrainer> trainer,
    Optional<Supplier<? extends LogprobScorer>> scorer,
    Supplier<? extends Reward> reward,
    Supplier<? extends PromptSource> train,
    Optional<Supplier<? extends PromptSource>> heldOut,
    LongFunction<TokenIds> rowLimits,
    List<String> notes,
    boolean resume,
    String process) {
  public RunSetup {
    notes = List.copyOf(notes);
  }

  /** The parts of a process without a name. */
  public RunSetup(
      Experiment experiment,
      RunFolder folder,
      Supplier<? extends RolloutEngine> engines,
      Supplier<? extends PolicyTrainer> trainer,
      Optional<Supplier<? extends LogprobScorer>> scorer,
      Supplier<? extends Reward> reward,
      Supplier<? extends PromptSource> train,
      Optional<Supplier<? extends PromptSource>> heldOut,
      LongFunction<TokenIds> rowLimits,
      List<String> notes,
      boolean resume) {
    this(
        experiment,
        folder,
        engines,
        trainer,
        scorer,
        reward,
        train,
        heldOut,
        rowLimits,
        notes,
        resume,
        "");
  }

  /** The same parts in the process called {@code name}. */
  public RunSetup named(String name) {
    return new RunSetup(
        experiment,
        folder,
        engines,
        trainer,
        scorer,
        reward,
        train,
        heldOut,
        rowLimits,
        notes,
        resume,
        name);
  }

  /** What this process does. */
  public Set<Role> roles() {
    return Role.parse(experiment.cluster().roles());
  }

  boolean has(Role role) {
    return roles().contains(role);
  }
}
