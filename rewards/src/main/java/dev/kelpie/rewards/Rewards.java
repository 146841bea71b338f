package dev.kelpie.rewards;

import dev.kelpie.config.Catalog;
import dev.kelpie.config.ConfigBlock;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.named.ModelOptions;
import dev.kelpie.experience.MetadataColumns;
import dev.kelpie.experience.RewardOutcome;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.Score;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.scoring.SampleNumbers;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.judge.JudgeOptions;
import dev.kelpie.rewards.judge.LogprobJudge;
import dev.kelpie.rewards.remote.Connections;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The rewards that experiment files may name. To add one, write one class and add one line. */
public final class Rewards {
  /** The reward of runs that score no response: it is not asked. */
  public static final Reward NONE =
      new Reward() {
        @Override
        public Score score(Trajectory trajectory) {
          return new Score(0, Map.of());
        }

        @Override
        public MetadataColumns columns() {
          return MetadataColumns.NONE;
        }

        @Override
        public String version() {
          return "none";
        }
      };

  private Rewards() {}

  /**
   * All rewards: the built-in ones, then those of every {@link RewardProvider} on the class path.
   *
   * @throws ConfigException if a provider cannot be loaded or takes a name that is taken
   */
  public static Catalog<Reward> catalog() {
    return catalog(Set.of());
  }

  /**
   * The same for an experiment.
   *
   * @param scored names of its models that are no models of servers, whose log-probabilities judges
   *     read
   */
  private static Catalog<Reward> catalog(Set<String> scored) {
    return withProviders(
        Catalog.<Reward>of("reward")
            .add("by-step", ByStepReward.Options.DEFAULTS, ByStepReward::new)
            .add("chooser", ChooserReward.Options.DEFAULTS, ChooserReward::new)
            .add("distance", DistanceReward.Options.DEFAULTS, DistanceReward::new)
            .add("dropout", DropoutReward.Options.DEFAULTS, DropoutReward::new)
            .add("ensemble", EnsembleReward.Options.DEFAULTS, EnsembleReward::new)
            .add("exact-match", ExactMatchReward.Options.DEFAULTS, ExactMatchReward::new)
            .add("format", FormatReward.Options.DEFAULTS, FormatReward::new)
            .add("gap", GapReward.Options.DEFAULTS, GapReward::new)
            .add("http", HttpReward.Options.DEFAULTS, HttpReward::new)
            .add(
                "judge",
                JudgeOptions.OF_RESPONSE,
                options ->
                    scored.contains(options.model())
                        ? new LogprobJudgeReward(options)
                        : new JudgeReward(options))
            .add("length", LengthReward.Options.DEFAULTS, LengthReward::new)
            .add("likelihood", LikelihoodReward.Options.DEFAULTS, LikelihoodReward::new)
            .add("log-ratio", LogRatioReward.Options.DEFAULTS, LogRatioReward::new)
            .add("math-answer", AnswerOptions.DEFAULTS, MathAnswerReward::new)
            .add("model", ModelReward.Options.DEFAULTS, ModelReward::new)
            .add("numeric-answer", AnswerOptions.DEFAULTS, NumericAnswerReward::new)
            .add("process", ProcessReward.Options.DEFAULTS, ProcessReward::new)
            .add("regex", RegexReward.Options.DEFAULTS, RegexReward::new)
            .add("repetition", RepetitionReward.Options.DEFAULTS, RepetitionReward::new)
            .add("self-certainty", SelfCertaintyReward.Options.DEFAULTS, SelfCertaintyReward::new)
            .add("similarity", SimilarityReward.Options.DEFAULTS, SimilarityReward::new));
  }

  /** The defaults of the options that every reward takes beside those of its type. */
  public static Record commonOptions() {
    return RewardTerm.Common.DEFAULTS;
  }

  /**
   * The weighted sum of the rewards in {@code blocks}, the {@code reward} part of an experiment.
   * Each block has a {@code type} with its options, and may have a {@code weight} (default 1) and a
   * {@code timeout} of its own. The score's parts have the unweighted value of each by its name.
   *
   * @throws ConfigException if there is none, or one is wrong
   */
  public static Reward compose(Map<String, ConfigBlock> blocks) {
    return WeightedRewards.of(blocks, catalog());
  }

  /**
   * The same of an experiment, whose judges may be models of the run.
   *
   * @throws ConfigException if there is none, or one is wrong
   */
  public static Reward compose(Experiment experiment) {
    return WeightedRewards.of(experiment.reward(), catalog(experiment));
  }

  private static Catalog<Reward> catalog(Experiment experiment) {
    return catalog(ModelOptions.all(experiment).keySet());
  }

  /**
   * The same reward with scorers that only responses of evaluations are given to: the {@code
   * held-out} part of an experiment, whose blocks have a {@code type} with its options.
   *
   * @throws ConfigException if one is wrong
   */
  public static Reward withHeldOut(Reward reward, Experiment experiment) {
    return withHeldOut(reward, experiment.heldOut(), catalog(experiment));
  }

  /** The same with the scorers in {@code blocks}, whose judges are models of servers. */
  static Reward withHeldOut(Reward reward, Map<String, ConfigBlock> blocks) {
    return withHeldOut(reward, blocks, catalog());
  }

  private static Reward withHeldOut(
      Reward reward, Map<String, ConfigBlock> blocks, Catalog<Reward> catalog) {
    return blocks.isEmpty() ? reward : EvaluatedRewards.of(reward, blocks, catalog);
  }

  /**
   * The judges among the rewards and held-out scorers of an experiment, by their blocks.
   *
   * @throws ConfigException if one is wrong
   */
  public static Map<String, Judge> judges(Experiment experiment) {
    Map<String, Judge> judges = new TreeMap<>();
    of(experiment, "judge")
        .forEach(
            (key, reward) -> {
              if (reward instanceof JudgeReward remote) {
                judges.put(key, remote.judge());
              } else if (reward instanceof LogprobJudgeReward scored) {
                judges.put(key, scored.judge().judge());
              }
            });
    return judges;
  }

  /**
   * The judge on a server that {@code block} describes; empty for another reward.
   *
   * @throws ConfigException if it is wrong
   */
  public static Optional<Judge> remoteJudge(Experiment experiment, ConfigBlock block) {
    return block.type().equals(Optional.of("judge"))
            && catalog(experiment).create(block) instanceof JudgeReward remote
        ? Optional.of(remote.judge())
        : Optional.empty();
  }

  /**
   * Those among them that are models of the run.
   *
   * @throws ConfigException if one is wrong
   */
  public static Map<String, LogprobJudge> logprobJudges(Experiment experiment) {
    Map<String, LogprobJudge> judges = new TreeMap<>();
    of(experiment, "judge")
        .forEach(
            (key, reward) -> {
              if (reward instanceof LogprobJudgeReward scored) {
                judges.put(key, scored.judge());
              }
            });
    return judges;
  }

  /** The rewards and held-out scorers of a type, by their blocks. */
  private static Map<String, Reward> of(Experiment experiment, String type) {
    Catalog<Reward> catalog = catalog(experiment);
    Map<String, ConfigBlock> blocks = new TreeMap<>();
    experiment.reward().forEach((name, block) -> blocks.put("reward." + name, block));
    experiment.heldOut().forEach((name, block) -> blocks.put("held-out." + name, block));
    Map<String, Reward> made = new TreeMap<>();
    blocks.forEach(
        (key, block) -> {
          if (block.type().equals(Optional.of(type))) {
            made.put(key, catalog.create(block, Catalog.keys(RewardTerm.Common.DEFAULTS)));
          }
        });
    return made;
  }

  /**
   * The same reward with connections to the servers that the experiment names. Nothing is sent
   * before the first response is scored; the caller closes it.
   *
   * @param run keeps the answers of judges; empty: they are forgotten
   * @param problems takes a line for people
   * @throws ConfigException when the variable of a key is not set
   */
  public static ConnectedReward connect(
      Reward reward, Experiment experiment, Optional<RunFolder> run, Consumer<String> problems) {
    return new ConnectedReward(reward, Connections.open(experiment, run, problems));
  }

  /**
   * Scores responses, several at the same time where the reward asks servers; the outcomes have the
   * order of the responses. Each has its own {@code timeout}, see {@link #score}.
   *
   * @param workers workers that share what may run at the same time
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static List<RewardOutcome> scoreAll(
      Reward reward,
      List<Trajectory> trajectories,
      List<SampleNumbers> numbers,
      Duration timeout,
      int workers)
      throws InterruptedException {
    int together = Math.min(trajectories.size(), (reward.concurrency() + workers - 1) / workers);
    List<Callable<RewardOutcome>> calls = new ArrayList<>();
    for (int i = 0; i < trajectories.size(); i++) {
      Trajectory trajectory = trajectories.get(i);
      SampleNumbers own = numbers.get(i);
      calls.add(() -> score(reward, trajectory, own, timeout));
    }
    return TimedCall.all(calls, together);
  }

  /**
   * Scores one response and always returns, at the latest after {@code timeout} and a short grace
   * period, whatever the reward does. Exceptions and numbers that are not finite become {@link
   * RewardOutcome.Failed} with a reason.
   *
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static RewardOutcome score(Reward reward, Trajectory trajectory, Duration timeout)
      throws InterruptedException {
    return score(reward, trajectory, SampleNumbers.NONE, timeout);
  }

  /**
   * The same with the numbers that the reward has asked for.
   *
   * @throws InterruptedException if the calling thread is interrupted
   */
  public static RewardOutcome score(
      Reward reward, Trajectory trajectory, SampleNumbers numbers, Duration timeout)
      throws InterruptedException {
    try {
      return new RewardOutcome.Scored(
          checked(TimedCall.run(() -> reward.score(trajectory, numbers), timeout)));
    } catch (RewardException e) {
      return failed(e);
    } catch (ExecutionException e) {
      return failed(e.getCause());
    }
  }

  private static RewardOutcome failed(@Nullable Throwable cause) {
    if (cause instanceof OutOfMemoryError error) {
      throw error;
    }
    return new RewardOutcome.Failed(reason(cause));
  }

  /** A reward's own message where it has one for people, else the exception with its message. */
  static String reason(@Nullable Throwable cause) {
    if (cause == null) {
      return "unknown";
    }
    String message = cause instanceof RewardException ? cause.getMessage() : cause.toString();
    return String.valueOf(message).lines().findFirst().orElse("unknown");
  }

  private static Score checked(@Nullable Score score) throws RewardException {
    if (score == null) {
      throw new RewardException("reward: null (expected: a score)");
    }
    for (Map.Entry<String, Float> part : score.parts().entrySet()) {
      if (!Float.isFinite(part.getValue())) {
        throw new RewardException(
            "reward part "
                + part.getKey()
                + ": "
                + part.getValue()
                + " (expected: a finite number)");
      }
    }
    return score;
  }

  private static Catalog<Reward> withProviders(Catalog<Reward> catalog) {
    Catalog<Reward> all = catalog;
    try {
      for (RewardProvider<?> provider :
          ServiceLoader.load(RewardProvider.class, RewardProvider.class.getClassLoader())) {
        all = with(all, provider);
      }
    } catch (ServiceConfigurationError | IllegalArgumentException e) {
      throw new ConfigException("reward provider: " + reason(e));
    }
    return all;
  }

  private static <O extends Record> Catalog<Reward> with(
      Catalog<Reward> catalog, RewardProvider<O> provider) {
    return catalog.add(provider.name(), provider.defaultOptions(), provider::create);
  }
}
