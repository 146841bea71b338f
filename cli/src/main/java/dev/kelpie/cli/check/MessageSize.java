package dev.kelpie.cli.check;

import com.typesafe.config.ConfigFactory;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Experiment;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.config.file.LoadedExperiment;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.PromptSource;
import dev.kelpie.runs.Sizes;
import dev.kelpie.wire.ControlCodec;
import java.util.Locale;
import java.util.function.LongToIntFunction;
import java.util.stream.LongStream;

/**
 * Checks that every unit of a run fits into the message that carries it to another process. A
 * larger one would never arrive, and its worker would ask for it forever.
 */
public final class MessageSize {
  /** Bytes of a message besides its prompts, and of a prompt besides its text. */
  private static final long ENVELOPE = 16 << 10;

  private static final long PER_PROMPT = 16;

  private final long limit;

  private MessageSize(long limit) {
    this.limit = limit;
  }

  /**
   * Measures the units of all steps and of the evaluation.
   *
   * @throws ConfigException for one that is too large
   */
  public static void requireFits(LoadedExperiment loaded, RunInputs parts) {
    long largest =
        ConfigFactory.parseResources("kelpie-actors.conf")
            .getBytes("akka.remote.artery.advanced.maximum-frame-size");
    MessageSize size = new MessageSize(largest - ENVELOPE);
    Experiment experiment = loaded.experiment();
    RolloutOptions rollout = experiment.rollout();
    int count = rollout.unitPrompts() == 0 ? rollout.promptsPerStep() : rollout.unitPrompts();
    long steps = experiment.run().steps() * rollout.promptsPerStep();
    parts
        .train()
        .map(TrainingFiles::prompts)
        .ifPresent(
            all ->
                size.require(loaded, all, all::mostBytes, all.mostBytesOfAll(), count, steps, ""));
    parts
        .heldOut()
        .ifPresent(
            source -> {
              long wanted = experiment.eval().samples();
              long all = wanted == 0 ? source.size() : Math.min(wanted, source.size());
              size.require(
                  loaded,
                  source,
                  source::mostBytes,
                  source.mostBytesOfAll(),
                  count * Math.max(1, rollout.groupSize()),
                  all,
                  " of the evaluation");
            });
  }

  private void require(
      LoadedExperiment loaded,
      PromptSource source,
      LongToIntFunction mostBytes,
      int mostBytesOfAll,
      int count,
      long all,
      String whose) {
    if ((PER_PROMPT + mostBytesOfAll) * count <= limit) {
      return;
    }
    for (long first = 0; first < all; first += count) {
      long last = Math.min(all, first + count);
      LongStream unit = LongStream.range(first, last);
      // Prompts are read only where the bound of their bytes does not settle it.
      if (unit.map(position -> PER_PROMPT + mostBytes.applyAsInt(position)).sum() > limit) {
        long bytes = LongStream.range(first, last).map(at -> of(source.at(at))).sum();
        if (bytes > limit) {
          throw tooLarge(loaded, last - first, whose, bytes);
        }
      }
    }
  }

  private ConfigException tooLarge(
      LoadedExperiment loaded, long prompts, String whose, long bytes) {
    RolloutOptions rollout = loaded.experiment().rollout();
    boolean wholeSteps = rollout.unitPrompts() == 0;
    return loaded.error(
        wholeSteps ? "rollout.prompts-per-step" : "rollout.unit-prompts",
        wholeSteps ? rollout.promptsPerStep() : rollout.unitPrompts(),
        String.format(
            Locale.ROOT,
            "units of at most %s, which is what a message to another process holds; %s prompts%s"
                + " take %s with all their columns%s",
            Sizes.words(limit),
            prompts,
            whose,
            Sizes.words(bytes),
            wholeSteps ? "; rollout.unit-prompts makes units smaller than a step" : ""));
  }

  private static long of(Prompt prompt) {
    return PER_PROMPT + ControlCodec.bytes(prompt);
  }
}
