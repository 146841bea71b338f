package dev.kelpie.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.kelpie.bench.BroadcastBench;
import dev.kelpie.bench.BroadcastNode;
import dev.kelpie.bench.DecodeBench;
import dev.kelpie.bench.PairsBench;
import dev.kelpie.bench.StepBench;
import dev.kelpie.bench.WireBench;
import dev.kelpie.cli.cluster.KelpieProcess;
import dev.kelpie.cli.terminal.UnpackNotice;
import dev.kelpie.config.LearnerOptions;
import dev.kelpie.config.RolloutOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code kelpie bench}: measures, and prints one JSON line. */
@Command(
    name = "bench",
    description =
        "Measure generation, training steps, updates or what lies between processes; print one JSON"
            + " line.",
    footer = {
      "",
      "Example: kelpie bench decode MODEL --rows 64 --prompt-len 32 --max-new 64",
      "Example: kelpie bench step MODEL --prompts 8 --group 8 --prompt-len 32 --max-new 64",
      "Example: kelpie bench pairs MODEL --pairs 16 --prompt-len 64 --response-len 64"
    })
final class BenchCommand implements Runnable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public void run() {
    throw new picocli.CommandLine.ParameterException(
        spec.commandLine(), "bench what? (expected: decode, step, pairs, wire or broadcast)");
  }

  @Command(
      name = "decode",
      description = "Generated tokens per second: one response to each of ROWS prompts of digits.",
      footer = {"", "Example: kelpie bench decode MODEL --rows 64 --prompt-len 32 --max-new 64"})
  int decode(
      @Parameters(paramLabel = "MODEL", description = "Checkpoint folder.") Path model,
      @Option(names = "--rows", defaultValue = "64", description = "Responses at once.") int rows,
      @Option(names = "--prompt-len", defaultValue = "32", description = "Tokens per prompt.")
          int promptLength,
      @Option(names = "--max-new", defaultValue = "64", description = "Tokens per response.")
          int maxNew,
      @Option(names = "--repeats", defaultValue = "5", description = "Timed repetitions.")
          int repeats,
      @Option(names = "--threads", defaultValue = "2", description = "Native threads.") int threads,
      @Option(
              names = "--precision",
              defaultValue = "fp32",
              description = "${COMPLETION-CANDIDATES}.")
          Precision precision)
      throws JsonProcessingException {
    UnpackNotice.tell(spec.commandLine().getErr());
    RolloutOptions rollout = StepBench.rollout(threads, precision.setting(), maxNew);
    return print(
        DecodeBench.run(
            model, rollout, new DecodeBench.Options(rows, promptLength, maxNew, repeats)));
  }

  @Command(
      name = "step",
      description = "Seconds per whole GRPO step through the actors, publishing included.",
      footer = {
        "",
        "Example: kelpie bench step MODEL --prompts 8 --group 8 --prompt-len 32 --max-new 64"
            + " --steps 6"
      })
  int step(
      @Parameters(paramLabel = "MODEL", description = "Checkpoint folder.") Path model,
      @Option(names = "--prompts", defaultValue = "8", description = "Prompts per step.")
          int prompts,
      @Option(names = "--group", defaultValue = "8", description = "Responses per prompt.")
          int group,
      @Option(names = "--prompt-len", defaultValue = "32", description = "Tokens per prompt.")
          int promptLength,
      @Option(names = "--max-new", defaultValue = "64", description = "Longest response in tokens.")
          int maxNew,
      @Option(
              names = "--lengths",
              description =
                  "JSON file: a list of steps, each one length per response; --max-new cuts them.")
          @Nullable Path lengths,
      @Option(names = "--steps", defaultValue = "6", description = "Steps; the first warms up.")
          int steps,
      @Option(names = "--threads", defaultValue = "2", description = "Native threads.") int threads,
      @Option(
              names = "--precision",
              defaultValue = "fp32",
              description = "${COMPLETION-CANDIDATES}.")
          Precision precision,
      @Option(
              names = "--learner-precision",
              defaultValue = "fp32",
              description = "${COMPLETION-CANDIDATES}.")
          LearnerPrecision learner)
      throws Exception {
    UnpackNotice.tell(spec.commandLine().getErr());
    return print(
        StepBench.run(
            model,
            new StepBench.Options(
                prompts,
                group,
                promptLength,
                maxNew,
                steps,
                threads,
                precision.setting(),
                learner.setting(),
                lengths)));
  }

  @Command(
      name = "pairs",
      description = "Seconds per offline DPO update, reference log-probabilities included.",
      footer = {
        "",
        "Example: kelpie bench pairs MODEL --pairs 16 --prompt-len 64 --response-len 64 --steps 6"
      })
  int pairs(
      @Parameters(paramLabel = "MODEL", description = "Checkpoint folder.") Path model,
      @Option(names = "--pairs", defaultValue = "16", description = "Pairs per update.") int pairs,
      @Option(names = "--prompt-len", defaultValue = "64", description = "Tokens per prompt.")
          int promptLength,
      @Option(names = "--response-len", defaultValue = "64", description = "Tokens per response.")
          int responseLength,
      @Option(names = "--steps", defaultValue = "6", description = "Updates; the first warms up.")
          int steps,
      @Option(names = "--threads", defaultValue = "2", description = "Native threads.") int threads,
      @Option(
              names = "--precision",
              defaultValue = "fp32",
              description = "${COMPLETION-CANDIDATES}.")
          LearnerPrecision precision)
      throws JsonProcessingException {
    UnpackNotice.tell(spec.commandLine().getErr());
    return print(
        PairsBench.run(
            model,
            new PairsBench.Options(
                pairs, promptLength, responseLength, steps, threads, precision.setting())));
  }

  @Command(
      name = "wire",
      description =
          "Round trips of control messages, and weights over HTTP, between two processes.",
      footer = {"", "Example: kelpie bench wire --rate 1000 --messages 10000 --weights-mib 100"})
  int wire(
      @Option(names = "--rate", defaultValue = "1000", description = "Messages a second.") int rate,
      @Option(names = "--messages", defaultValue = "10000", description = "Messages in all.")
          int messages,
      @Option(
              names = "--weights-mib",
              defaultValue = "100",
              description = "Size of the weights, a multiple of 10.")
          int mib,
      @Option(names = "--downloads", defaultValue = "7", description = "Timed downloads.")
          int downloads)
      throws Exception {
    List<String> other =
        KelpieProcess.command(List.of(), List.of("bench", "wire-serve", String.valueOf(mib)));
    return print(WireBench.run(other, new WireBench.Options(rate, messages, mib, downloads)));
  }

  @Command(
      name = "broadcast",
      description =
          "Seconds to get weights to workers: encrypted beside a plain download, and over links.",
      footer = {"", "Example: kelpie bench broadcast --weights-mib 500 --link-mb-per-s 100"})
  int broadcast(
      @Option(
              names = "--weights-mib",
              defaultValue = "500",
              description = "Size of the weights, a multiple of 10.")
          int mib,
      @Option(names = "--rounds", defaultValue = "4", description = "Rounds; the first warms up.")
          int rounds,
      @Option(
              names = "--workers",
              defaultValue = "4",
              description = "Workers that download at the same time over links.")
          int workers,
      @Option(
              names = "--link-mb-per-s",
              defaultValue = "0",
              description =
                  "Hosts of their own, as network namespaces with links of this rate; root only."
                      + " 0: none.")
          int linkRate)
      throws Exception {
    return print(
        BroadcastBench.run(
            arguments -> KelpieProcess.command(List.of(), arguments),
            new BroadcastBench.Options(mib, rounds, workers, linkRate)));
  }

  @Command(
      name = "broadcast-node",
      hidden = true,
      description = "One of the processes of broadcast.",
      footer = {"", "Example: kelpie bench broadcast-node 127.0.0.1 FOLDER certificates"})
  int broadcastNode(
      @Parameters(paramLabel = "HOST", description = "Its address.") String host,
      @Parameters(paramLabel = "DIR", description = "Folder of its files.") Path folder,
      @Parameters(paramLabel = "CERTIFICATES", description = "Folder of them; empty: none.")
          String certificates)
      throws Exception {
    BroadcastNode.run(host, certificates, folder, System.out);
    return 0;
  }

  @Command(
      name = "wire-serve",
      hidden = true,
      description = "The other side of wire.",
      footer = {"", "Example: kelpie bench wire-serve 100"})
  int wireServe(@Parameters(paramLabel = "MIB", description = "Size of the weights.") int mib)
      throws Exception {
    WireBench.serve(mib, System.out);
    return 0;
  }

  private int print(Map<String, Object> line) throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    out.println(JSON.writeValueAsString(line));
    out.flush();
    return 0;
  }

  /** The values of {@code learner.precision} as an experiment file spells them. */
  enum LearnerPrecision {
    auto,
    fp32,
    bf16;

    LearnerOptions.Precision setting() {
      return LearnerOptions.Precision.valueOf(name().toUpperCase(Locale.ROOT));
    }
  }

  /** The values of {@code rollout.precision} as an experiment file spells them. */
  enum Precision {
    fp32,
    bf16,
    int8,
    auto;

    RolloutOptions.Precision setting() {
      return RolloutOptions.Precision.valueOf(name().toUpperCase(Locale.ROOT));
    }
  }
}
