package dev.kelpie.runs;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * Result of a run as seen by one process. A process without the learner knows status, steps,
 * seconds and the hash; its counts are empty.
 *
 * @param status finished, stopped or failed
 * @param error why it failed, in one line
 * @param reason why it stopped before its last step, in one line, if nobody asked it to
 * @param steps steps committed, those before a resume included
 * @param seconds wall time of this process's part
 * @param secondsToFirstStep from the start of the JVM to the first step's metrics; NaN without one
 * @param tokens response tokens of the committed steps of this process
 * @param evalBefore held-out measurement of the weights at the start, by metric name
 * @param evalAfter the last held-out measurement
 * @param policySha256 hash of the final weights
 * @param peakRssMib largest resident memory of this process; NaN where the system does not tell
 * @param timingShares share of the steps' time by phase, and {@code other}
 * @param failedRewards responses whose reward failed
 * @param unequalGroups groups whose rewards differ: only these change the policy
 * @param ledger counts and violations, if they were checked
 * @param checkpoint the last checkpoint
 * @param best the best evaluation, if checkpoints are kept by one
 * @param bestCheckpoint the checkpoint of its weights; empty for those the run started with
 */
public record RunSummary(
    Status status,
    Optional<String> error,
    Optional<String> reason,
    long steps,
    double seconds,
    double secondsToFirstStep,
    long tokens,
    Map<String, Double> evalBefore,
    Map<String, Double> evalAfter,
    String policySha256,
    double peakRssMib,
    Map<String, Double> timingShares,
    long failedRewards,
    long unequalGroups,
    LedgerCheck ledger,
    Optional<Path> checkpoint,
    Optional<BestEvaluation> best,
    Optional<Path> bestCheckpoint) {
  /** What the reason of a run begins with that its gate has ended. */
  public static final String GATE = "gate: ";

  /** Whether {@code --resume} would train further steps; a gate that has closed stays closed. */
  public boolean mayContinue() {
    return status != Status.FINISHED && reason.filter(why -> why.startsWith(GATE)).isEmpty();
  }

  /** How a run ended. */
  public enum Status {
    FINISHED,
    STOPPED,
    FAILED
  }
}
