package dev.kelpie.rollout;

import dev.kelpie.experience.TokenIds;

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
        JointProgress.this.report(part, finishedRows, count);
      }

      @Override
      public void drawn(int row, TokenIds ids) {
        JointProgress.this.drawn(row, ids);
      }
    };
  }

  private synchronized void drawn(int row, TokenIds ids) {
    whole.drawn(row, ids);
  }

  private synchronized void report(int part, int finishedRows, long count) {
    finished[part] = finishedRows;
    tokens[part] = count;
    int allFinished = 0;
    long allTokens = 0;
    for (int i = 0; i < finished.length; i++) {
      allFinished += finished[i];
      allTokens += tokens[i];
    }
    whole.report(allFinished, rows, allTokens);
  }
}
