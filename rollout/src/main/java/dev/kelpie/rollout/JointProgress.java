package dev.kelpie.rollout;

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

  /** Where one part reports to. */
  RolloutEngine.Progress part(int part) {
    return (finishedRows, partRows, count) -> report(part, finishedRows, count);
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
