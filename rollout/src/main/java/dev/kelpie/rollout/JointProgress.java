package dev.kelpie.rollout;

import dev.kelpie.experience.TokenIds;
import java.util.Arrays;

/** Adds up the progress of the parts of a batch, which report from several threads. */
final class JointProgress {
  private final RolloutEngine.Progress whole;
  private final int rows;
  private final int[] finished;
  private final long[] tokens;

  JointProgress(RolloutEngine.Progress whole, int rows, int parts) {
    this.whole = whole;
    this.rows = rows;
    this.finished = new int[parts];
    this.tokens = new long[parts];
  }

  /** The receiver of the reports of one part. */
  RolloutEngine.Progress part(int part) {
    return new RolloutEngine.Progress() {
      @Override
      public void report(int finishedRows, int partRows, long count) {
        synchronized (JointProgress.this) {
          finished[part] = finishedRows;
          tokens[part] = count;
          whole.report(Arrays.stream(finished).sum(), rows, Arrays.stream(tokens).sum());
        }
      }

      @Override
      public void drawn(int row, TokenIds ids) {
        synchronized (JointProgress.this) {
          whole.drawn(row, ids);
        }
      }
    };
  }
}
