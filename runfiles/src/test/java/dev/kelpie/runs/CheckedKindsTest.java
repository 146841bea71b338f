package dev.kelpie.runs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.config.KebabCase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;

/** {@code scripts/check_journal.py} knows all events of a journal. */
class CheckedKindsTest {
  @Test
  void knowsEveryKindOfEvent() throws IOException {
    String script = Files.readString(Path.of("..", "scripts", "check_journal.py"));
    for (Class<?> event : JournalEvent.class.getPermittedSubclasses()) {
      if (event != JournalEvent.Samples.class) {
        String name = event.getSimpleName();
        String camel = name.substring(0, 1).toLowerCase(Locale.ROOT) + name.substring(1);
        assertThat(script).contains("\"" + KebabCase.of(camel) + "\": {");
      }
    }
  }
}
