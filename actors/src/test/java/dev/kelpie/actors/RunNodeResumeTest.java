package dev.kelpie.actors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.runs.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs that continue from a checkpoint. */
class RunNodeResumeTest {
  @Test
  void stoppedAndResumedRunEqualsOneThatWentThrough(@TempDir Path temp) {
    String through = new ToyRun(temp.resolve("through")).scored().run().policySha256();
    Path folder = temp.resolve("stopped");
    RunSummary first;
    try (RunNode node = new ToyRun(folder).scored().pace(Duration.ofMillis(40)).start()) {
      Await.step(node, 2);
      node.control().stop();
      first = ToyRun.await(node);
    }
    assertThat(first.status()).isEqualTo(RunSummary.Status.STOPPED);
    assertThat(first.steps()).isBetween(2L, 5L);
    assertThat(new RunFolder(folder).checkpoint(first.steps())).isDirectory();

    RunSummary second = new ToyRun(folder).scored().resume().run();

    assertThat(second.status()).isEqualTo(RunSummary.Status.FINISHED);
    assertThat(second.policySha256()).isEqualTo(through);
    assertThat(second.ledger().violations()).isEmpty();
    assertThat(second.ledger().consumed()).isEqualTo(72);
    assertThat(second.evalBefore()).isNotEmpty();
  }

  @Test
  void resumeSkipsBrokenCheckpointAndReportsIt(@TempDir Path temp) throws IOException {
    String through = new ToyRun(temp.resolve("through")).run().policySha256();
    Path folder = temp.resolve("broken");
    new ToyRun(folder).steps(4).run();
    Path newest = new RunFolder(folder).checkpoint(4).resolve("learner").resolve("toy.txt");
    Files.writeString(newest, "4 0", StandardOpenOption.TRUNCATE_EXISTING);

    RunSummary summary;
    List<String> events;
    try (RunNode node = new ToyRun(folder).resume().start()) {
      summary = ToyRun.await(node);
      events = node.view().events().stream().map(event -> event.text()).toList();
    }

    // Steps 3 and 4 are consumed a second time, by other attempts; the first is void.
    assertThat(summary.policySha256()).isEqualTo(through);
    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().consumed()).isEqualTo(72);
    assertThat(summary.ledger().droppedBy()).containsKey("restart");
    assertThat(events).anyMatch(text -> text.contains("step-4") && text.contains("going back"));
  }

  @Test
  void damagedJournalFailsAtTheStart(@TempDir Path temp) throws IOException {
    new ToyRun(temp).steps(2).run();
    Path segment = new RunFolder(temp).events().resolve("000001.jsonl");
    String text = Files.readString(segment);
    Files.writeString(segment, text.replaceFirst("\"samples\":3", "\"samples\":4"));

    assertThatThrownBy(() -> new ToyRun(temp).resume().start())
        .hasMessageContaining("damaged line (expected: its length and CRC to fit)");
  }

  @Test
  void evaluationThatWasCutOffIsNoViolationAfterwards(@TempDir Path temp) {
    AtomicInteger held = new AtomicInteger(1);
    CountDownLatch third = new CountDownLatch(1);
    Consumer<RolloutUnit> hang =
        unit -> {
          if (unit.id().purpose() == Purpose.EVAL && unit.id().unit() == 2) {
            third.countDown();
            while (held.get() == 1) {
              LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
            }
          }
        };
    Path units = new RunFolder(temp).rollouts().resolve("units");
    try (RunNode node = new ToyRun(temp).steps(2).engines(() -> new TrippingEngine(hang)).start()) {
      Await.that(node, "the third unit", () -> third.getCount() == 0);
      Await.that(node, "two measured units", () -> isEmpty(units));
      node.done().thenRun(() -> held.set(0));
    }

    RunSummary summary = new ToyRun(temp).steps(2).resume().run();

    assertThat(summary.ledger().violations()).isEmpty();
    assertThat(summary.ledger().clean()).isTrue();
    // 5 held-out prompts, sampled and greedy, before the first step and after the last. Void are 5
    // that were measured, and 3 that were being generated.
    assertThat(summary.ledger().measured()).isEqualTo(20);
    assertThat(summary.ledger().droppedBy()).containsEntry("restart", 8L);
  }

  private static boolean isEmpty(Path folder) {
    String[] files = folder.toFile().list();
    return files != null && files.length == 0;
  }

  @Test
  void movingReferenceIsNotResumedWithoutItsFiles(@TempDir Path temp) throws IOException {
    new ToyRun(temp).scored().steps(2).run();
    Path checkpoint = new RunFolder(temp).checkpoint(2);
    Files.delete(checkpoint.resolve("reference/toy.txt"));
    Path manifest = checkpoint.resolve("MANIFEST.json");
    JsonNode json = new ObjectMapper().readTree(manifest.toFile());
    var files = (ArrayNode) json.get("files");
    for (int i = files.size() - 1; i >= 0; i--) {
      if (files.get(i).get("path").asText().startsWith("reference")) {
        files.remove(i);
      }
    }
    Files.writeString(manifest, json.toString());

    assertThatThrownBy(() -> new ToyRun(temp).scored().resume().start())
        .hasMessageContaining("no files of the reference in reference (expected: some, because");
  }
}
