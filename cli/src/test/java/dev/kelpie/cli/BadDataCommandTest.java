package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.terminal.Failures;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that {@code kelpie data} cannot examine. */
class BadDataCommandTest {
  private static final ErrorsTable TABLE = ErrorsTable.section("Looking at data");
  private static final String POLICY = Shipped.configs().resolve("quickstart/policy").toString();

  @TempDir private Path folder = Path.of("");

  @AfterAll
  static void compareWithTheDocumentation() {
    TABLE.check();
  }

  @Test
  void isRefusedInOneLine() throws IOException {
    Files.writeString(folder.resolve("empty.jsonl"), "");
    Files.writeString(folder.resolve("broken.jsonl"), "{\"prompt\": \"1\"}\n{\"prompt\": \n");
    Files.writeString(folder.resolve("torn.parquet"), "PAR1 and no more PAR1");
    Files.writeString(
        folder.resolve("chat.jsonl"),
        "{\"prompt\": [{\"role\": \"user\", \"content\": \"1+1?\"}]}\n");
    Files.writeString(folder.resolve("other.jsonl"), "{\"a\": 1}\n");
    Files.writeString(folder.resolve("rows.jsonl"), "{\"prompt\": \"1+1?\"}\n");
    refused("file that is missing", "nowhere.jsonl");
    refused("file without rows", "empty.jsonl");
    refused("broken row", "broken.jsonl");
    refused("Parquet that is none", "torn.parquet");
    refused("key of another block", "rows.jsonl", "-D", "run.steps=1");
    refused("misspelt key", "rows.jsonl", "-D", "data.promt=prompt");
    refused("too many rows to show", "rows.jsonl", "--rows", "1000");
    refused("messages without a template", "chat.jsonl", "--tokenizer", POLICY);
    refused("held-out file that is missing", "rows.jsonl", "--against", "nowhere.jsonl");
    refused("files of no form that is known", "other.jsonl", "--against", "other.jsonl");
  }

  private void refused(String what, String... arguments) {
    List<String> all = new ArrayList<>(List.of("data"));
    for (String argument : arguments) {
      boolean file = argument.matches("[a-z]+\\.(jsonl|parquet)");
      all.add(file ? folder.resolve(argument).toString() : argument);
    }
    CommandLineRun terminal = CommandLineRun.of(all.toArray(String[]::new));
    assertThat(terminal.code()).as(terminal.err()).isEqualTo(Failures.BAD_INPUT);
    assertThat(terminal.err().lines()).hasSize(1);
    String input = "kelpie data " + String.join(" ", arguments);
    TABLE.add(
        what,
        Refusal.stable(folder, input),
        Refusal.stable(folder, terminal.err().strip().substring("kelpie: ".length())));
  }
}
