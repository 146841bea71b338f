package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps of four prompts that rollout workers share, because no size of a unit is set. */
class StepSharingTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private record Split(long step, int units) {}

  @Test
  void presentWorkersShareAStepAndTheWeightsStay(@TempDir Path temp) throws IOException {
    RunSummary one = new ToyRun(temp.resolve("one")).unitPrompts(0).run();
    RunSummary three = new ToyRun(temp.resolve("three")).unitPrompts(0).workers(3).run();

    assertThat(three.policySha256()).isEqualTo(one.policySha256());
    assertThat(three.ledger().clean()).isTrue();
    assertThat(splits(temp.resolve("one"))).extracting(Split::units).hasSize(6).containsOnly(1);
    // The held-out prompts come first, so that all workers are there before the first step.
    assertThat(splits(temp.resolve("three"))).extracting(Split::units).hasSize(6).containsOnly(3);
  }

  @Test
  void aResumedStepKeepsItsSplit(@TempDir Path temp) throws IOException {
    String through = new ToyRun(temp.resolve("through")).unitPrompts(0).run().policySha256();
    Path folder = temp.resolve("closed");
    ToyRun first = new ToyRun(folder).unitPrompts(0).workers(2).pace(Duration.ofMillis(40));
    try (RunNode node = first.checkpointEvery(4).start()) {
      Await.step(node, 2); // no checkpoint yet: the next start issues step 1 again
    }
    List<Split> before = splits(folder);

    RunSummary summary = new ToyRun(folder).unitPrompts(0).resume().run();

    assertThat(summary.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(summary.policySha256()).isEqualTo(through);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(splits(folder)).startsWith(before.toArray(Split[]::new)).doesNotHaveDuplicates();
    assertThat(splits(folder)).extracting(Split::step).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    assertThat(splits(folder)).contains(new Split(1, 2), new Split(6, 1));
  }

  private static List<Split> splits(Path run) throws IOException {
    List<Split> splits = new ArrayList<>();
    try (Stream<Path> segments = Files.list(new RunFolder(run).events())) {
      for (Path segment : segments.sorted().toList()) {
        for (String line : Files.readAllLines(segment)) {
          JsonNode event = JSON.readTree(line).path("event");
          if (event.path("kind").asText().equals("split")) {
            splits.add(new Split(event.path("step").asLong(), event.path("units").asInt()));
          }
        }
      }
    }
    return splits;
  }
}
