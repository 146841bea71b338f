package dev.kelpie.actors;

import dev.kelpie.actors.plan.ScoringNeed;
import dev.kelpie.config.Experiment;
import dev.kelpie.experience.PolicyTrainer;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.scoring.LogprobScorer;
import dev.kelpie.rewards.Reward;
import dev.kelpie.rollout.RolloutEngine;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongFunction;
import java.util.function.Supplier;

/**
 * Everything a process needs to take part in a run. Each supplier is called only on a process with
 * its role: engines {@code rollout.workers} times, all others once; the scorer again when models
 * that move return to their start.
 *
 * @param experiment the resolved experiment; its block {@code cluster} has the address and the
 *     learner to join
 * @param folder the run's folder; the same on every process of a host
 * @param scorer makes the models that score responses; empty when the run needs none
 * @param train prompts to train on
 * @param heldOut prompts to evaluate with; empty without evaluation
 * @param rowLimits limits of new tokens of a step's rows, for measurements; empty token ids mean no
 *     limits beyond the experiment's
 * @param notes remarks on the data, reported as events of the run; those that begin with {@code
 *     warning: } are warnings
 * @param resume resume from the newest valid checkpoint in {@code folder}
 * @param process name of this process in the run, after which its rollout workers are named; empty
 *     for a process without a name
 */
public record RunSetup(
    Experiment experiment,
    RunFolder folder,
    Supplier<? extends RolloutEngine> engines,
    Supplier<? extends PolicyTrainer> trainer,
    Optional<Scoring> scorer,
    Supplier<? extends Reward> reward,
    Supplier<? extends PromptSource> train,
    Optional<Supplier<? extends PromptSource>> heldOut,
    LongFunction<TokenIds> rowLimits,
    List<String> notes,
    boolean resume,
    String process) {
  /**
   * The models that score responses.
   *
   * @param open makes them
   * @param beforeRewards whether rewards need their numbers; else only training does, so that
   *     evaluations are not scored
   * @param moves key and value of the experiment by which published versions change a model; empty
   *     when none changes
   * @param part folder of a checkpoint that their states are saved in
   */
  public record Scoring(
      Supplier<? extends LogprobScorer> open,
      boolean beforeRewards,
      Optional<String> moves,
      String part) {
    ScoringNeed need() {
      return beforeRewards ? ScoringNeed.REWARDS : ScoringNeed.TRAINING;
    }
  }

  public RunSetup {
    notes = List.copyOf(notes);
  }

  /** The same setup for the process called {@code name}. */
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

  /** The same setup with another maker of the trainer. */
  public RunSetup training(Supplier<? extends PolicyTrainer> made) {
    return new RunSetup(
        experiment,
        folder,
        engines,
        made,
        scorer,
        reward,
        train,
        heldOut,
        rowLimits,
        notes,
        resume,
        process);
  }

  /** The same setup with more remarks on the data. */
  public RunSetup noting(List<String> more) {
    List<String> all = new ArrayList<>(notes);
    all.addAll(more);
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
        all,
        resume,
        process);
  }

  /** The roles of this process. */
  public Set<Role> roles() {
    return Role.parse(experiment.cluster().roles());
  }

  boolean has(Role role) {
    return roles().contains(role);
  }
}
