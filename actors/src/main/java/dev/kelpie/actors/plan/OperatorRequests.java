package dev.kelpie.actors.plan;

import dev.kelpie.config.NearestName;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The requests of people that are not fulfilled yet: a pause, a checkpoint, a worker to drain. A
 * pause begins when what was being worked on is finished; until then nothing new begins. Each
 * request is answered in words, at once or when it has come about.
 */
public final class OperatorRequests {
  private final Consumer<String> info;
  private final Consumer<String> warning;
  private Pause pause = Pause.NONE;
  private long pausedSinceNanos;
  private boolean save;

  private enum Pause {
    NONE,
    ASKED,
    REACHED
  }

  public OperatorRequests(Consumer<String> info, Consumer<String> warning) {
    this.info = info;
    this.warning = warning;
  }

  /** Asks for a pause. */
  public void pause() {
    if (pause == Pause.NONE) {
      pause = Pause.ASKED;
      info.accept("pausing: what is being worked on is finished first");
    }
  }

  /**
   * Begins a pause that was asked for as soon as nobody works any more.
   *
   * @param quiet whether nobody works
   * @param committed steps done
   */
  public void reachPause(boolean quiet, long committed, long nowNanos) {
    if (pause == Pause.ASKED && quiet) {
      pause = Pause.REACHED;
      pausedSinceNanos = nowNanos;
      info.accept("paused by request after step " + committed);
    }
  }

  /** Ends a pause; how long it was, or empty when there was none and none was asked for. */
  public Optional<Duration> resume(long committed, long nowNanos) {
    if (pause == Pause.NONE) {
      return Optional.empty();
    }
    long rested = pause == Pause.REACHED ? nowNanos - pausedSinceNanos : 0;
    pause = Pause.NONE;
    info.accept("resumed after step " + committed);
    return Optional.of(Duration.ofNanos(rested));
  }

  /** Whether units may be issued and steps trained. */
  public boolean mayBegin() {
    return pause == Pause.NONE;
  }

  /** Whether nobody works because of a pause. */
  public boolean paused() {
    return pause == Pause.REACHED;
  }

  /** Asks for a checkpoint. */
  public void saveNow() {
    save = true;
  }

  /**
   * True once for each time that a checkpoint was asked for, can be saved now and is not there.
   *
   * @param there whether that of the newest step is there already
   */
  public boolean takeSave(boolean possible, boolean there, long committed) {
    if (!save || !possible) {
      return false;
    }
    save = false;
    if (there) {
      info.accept("checkpoint of step " + committed + " was saved before");
    }
    return !there;
  }

  /**
   * Answers a request to drain a worker.
   *
   * @param serving the workers that may get work, after it
   */
  public void drain(String worker, WorkerPool.Draining result, List<String> serving) {
    switch (result) {
      case UNKNOWN ->
          warning.accept(
              String.format(
                  Locale.ROOT,
                  "drain: %s (expected: %s)",
                  worker,
                  serving.isEmpty()
                      ? "a rollout worker; there is none that gets work"
                      : NearestName.expectation(worker, serving)));
      case ALREADY -> info.accept(worker + " is drained already");
      case BEGUN -> {
        if (serving.isEmpty()) {
          warning.accept(
              worker + " is the last rollout worker: the run waits until another one joins");
        }
      }
    }
  }
}
