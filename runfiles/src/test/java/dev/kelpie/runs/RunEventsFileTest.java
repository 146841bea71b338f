package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.experience.RunView.RunEvent;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunEventsFileTest {
  @Test
  void goesOnAfterATornLine(@TempDir Path temp) throws IOException {
    Path file = temp.resolve("run-events.jsonl");
    RunEvent first = event(RunEvent.Level.WARNING, "a \"word\" with\nodd characters");
    try (RunEventsFile events = RunEventsFile.open(file, told -> {})) {
      events.write(first);
    }
    Files.writeString(file, "{\"format\":1,\"time\":\"2026-01-", StandardOpenOption.APPEND);

    List<RunEvent> kept = new ArrayList<>();
    RunEvent second = event(RunEvent.Level.INFO, "next");
    try (RunEventsFile events = RunEventsFile.open(file, kept::add)) {
      events.write(second);
    }

    assertThat(kept).containsExactly(first);
    kept.clear();
    RunEventsFile.open(file, kept::add).close();
    assertThat(kept).containsExactly(first, second);
    assertThat(Files.readAllLines(file)).hasSize(2);
  }

  private static RunEvent event(RunEvent.Level level, String text) {
    return new RunEvent(Instant.parse("2026-01-02T03:04:05.678Z"), level, "coordinator", text);
  }
}
