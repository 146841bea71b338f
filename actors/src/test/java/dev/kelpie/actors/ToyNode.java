package dev.kelpie.actors;

import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;

/** A process of a toy run over several JVMs. */
final class ToyNode {
  private ToyNode() {}

  /**
   * FOLDER ROLES PORT SEED STEPS PACE_MS RESUME RESULT_FILE; ROLES joined by commas, "-" is empty. A
   * further argument: rewards wait for the numbers of the models.
   */
  public static void main(String[] args) throws IOException {
    ToyRun run =
        new ToyRun(Path.of(args[0]))
            .cluster(
                List.of(args[1].split(",", -1)),
                Integer.parseInt(args[2]),
                args[3].equals("-") ? "" : args[3])
            .steps(Long.parseLong(args[4]))
            .pace(Duration.ofMillis(Long.parseLong(args[5])))
            .scored();
    if (Boolean.parseBoolean(args[6])) {
      run.resume();
    }
    if (args.length > 8) {
      run.rewardsNeedNumbers();
    }
    try (RunNode node = run.start()) {
      RunSummary summary = node.done().toCompletableFuture().join();
      Path result = Path.of(args[7]);
      Path draft = result.resolveSibling(result.getFileName() + ".draft");
      Files.writeString(
          draft,
          String.join(
              " ",
              summary.status().name(),
              summary.policySha256(),
              String.valueOf(summary.ledger().clean()),
              summary.error().orElse("")));
      Files.move(draft, result, StandardCopyOption.ATOMIC_MOVE);
    }
    System.exit(0);
  }
}
