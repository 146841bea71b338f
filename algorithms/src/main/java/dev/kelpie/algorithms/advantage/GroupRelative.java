package dev.kelpie.algorithms.advantage;

import dev.kelpie.config.Doc;
import dev.kelpie.config.Require;
import java.util.List;
import java.util.stream.IntStream;

/**
 * GRPO's advantage: a response's score relative to its group, {@code A = (s - mean) / (std +
 * epsilon)}, the same for all its tokens. A group whose scores are all equal gets 0.
 *
 * <p>Shao et al. 2024 (DeepSeekMath), https://arxiv.org/abs/2402.03300, section 4.1.2. The
 * deviation is the unbiased one, as in verl, TRL and OpenRLHF. Dr. GRPO
 * (https://arxiv.org/abs/2503.20783) is this without the division.
 */
public record GroupRelative(Options options) implements GroupEstimator {
  /** The responses that a statistic is taken over. */
  public enum Scope {
    GROUP,
    BATCH,
    NONE
  }

  /** The number that is subtracted from a score. */
  public enum Baseline {
    MEAN,
    /** The mean of the other members. */
    LEAVE_ONE_OUT
  }

  /** The centre of the deviation. */
  public enum StdAbout {
    MEAN,
    /** Each score's own baseline. */
    BASELINE
  }

  /** The members whose scores the deviation is taken over. */
  public enum StdMembers {
    ALL,
    /** The other members (NeMo-RL); a group of two is then not scaled. */
    OTHERS
  }

  public record Options(
      @Doc("added to the standard deviation") double epsilon,
      @Doc("whether to divide by the standard deviation") boolean normalizeStd,
      @Doc("advantage of a group of one: 0, or its score") LoneResponse singleton,
      @Doc("group or batch: which mean is subtracted") Scope meanScope,
      @Doc("group, batch or none: which deviation divides") Scope stdScope,
      @Doc("the mean of all, or of the others") Baseline baseline,
      @Doc("divides the squares by n - 1, else by n") boolean stdUnbiased,
      @Doc("centre of the deviation") StdAbout stdAbout,
      @Doc("members whose scores the deviation is taken over") StdMembers stdMembers,
      @Doc("divides only where the deviation is not 0") boolean stdGuard) {
    public static final Options DEFAULTS = of(1e-6, true, LoneResponse.ZERO, false);

    /** Dr. GRPO: not divided by the deviation. */
    public static final Options DR_GRPO = of(1e-6, false, LoneResponse.ZERO, false);

    public Options {
      Require.that(epsilon >= 0, "epsilon: %s (expected: >= 0)", epsilon);
      Require.that(meanScope != Scope.NONE, "mean-scope: none (expected: group or batch)");
    }

    /** Mean and unbiased deviation of all members of the group. */
    static Options of(
        double epsilon, boolean normalizeStd, LoneResponse singleton, boolean stdGuard) {
      return new Options(
          epsilon,
          normalizeStd,
          singleton,
          Scope.GROUP,
          Scope.GROUP,
          Baseline.MEAN,
          true,
          StdAbout.MEAN,
          StdMembers.ALL,
          stdGuard);
    }
  }

  @Override
  public double[] advantages(RewardBatch batch) {
    return relative(batch.scores(), batch.groups());
  }

  /** The advantage of each score, given the rows of each group. */
  double[] relative(double[] scores, List<int[]> groups) {
    int[] all = IntStream.range(0, scores.length).toArray();
    double[] baselines = new double[scores.length];
    for (int[] members : groups) {
      for (int row : members) {
        baselines[row] = baseline(row, scores, options.meanScope == Scope.GROUP ? members : all);
      }
    }
    double[] advantages = new double[scores.length];
    for (int[] members : groups) {
      int[] over = options.stdScope == Scope.GROUP ? members : all;
      for (int row : members) {
        double centred = scores[row] - baselines[row];
        advantages[row] = centred == 0 ? 0 : scaled(centred, row, scores, baselines, over);
      }
    }
    return advantages;
  }

  private double baseline(int row, double[] scores, int[] over) {
    if (over.length == 1) {
      return options.singleton == LoneResponse.RAW ? 0 : scores[row];
    }
    return GroupMeans.mean(
        scores, options.baseline == Baseline.LEAVE_ONE_OUT ? without(row, over) : over);
  }

  private double scaled(double centred, int row, double[] scores, double[] baselines, int[] over) {
    if (!options.normalizeStd || options.stdScope == Scope.NONE) {
      return centred;
    }
    double std = over.length == 1 ? 1 : deviation(row, scores, baselines, over);
    boolean skip = options.stdGuard && !(std > 0);
    return skip ? centred : centred / (std + options.epsilon);
  }

  private double deviation(int row, double[] scores, double[] baselines, int[] over) {
    int[] of = options.stdMembers == StdMembers.OTHERS ? without(row, over) : over;
    double mean = GroupMeans.mean(scores, of);
    double squares = 0;
    for (int other : of) {
      double about = options.stdAbout == StdAbout.BASELINE ? baselines[other] : mean;
      squares += (scores[other] - about) * (scores[other] - about);
    }
    return Math.sqrt(squares / (of.length - (options.stdUnbiased ? 1 : 0)));
  }

  private static int[] without(int row, int[] rows) {
    return IntStream.of(rows).filter(other -> other != row).toArray();
  }
}
