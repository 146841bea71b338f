package dev.kelpie.cli.terminal;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import ch.qos.logback.core.joran.spi.JoranException;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

class TerminalWriterTest {
  @Command(name = "echo", mixinStandardHelpOptions = true, header = "@|bold help|@")
  private static final class Echo implements Runnable {
    @Spec private CommandSpec spec = CommandSpec.create();
    @Parameters private String text = "";

    @Override
    public void run() {
      spec.commandLine().getOut().println(text);
      spec.commandLine().getErr().print(text);
      spec.commandLine().getErr().flush();
      TerminalWriter.rewind(spec.commandLine().getOut());
    }
  }

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private CommandLine echo() {
    return TerminalWriter.on(
        new CommandLine(new Echo())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setColorScheme(CommandLine.Help.defaultColorScheme(CommandLine.Help.Ansi.ON)));
  }

  @ParameterizedTest
  @CsvSource({
    "1b, \\u001b", // escape
    "9b, \\u009b", // the same in one character
    "7, \\u0007", // bell
    "8, \\u0008", // backspace
    "d, \\u000d", // carriage return
    "7f, \\u007f",
    "202e, \\u202e", // right to left
    "2066, \\u2066",
    "200b, \\u200b", // no width
    "2028, \\u2028",
    "d800, \\ud800", // half a character
    "e0001, \\udb40\\udc01" // a tag, in the two halves that JSON has for it
  })
  void charactersThatControlATerminalAreEscaped(String hexadecimal, String shown) {
    String foreign = "a" + Character.toString(Integer.parseInt(hexadecimal, 16)) + "z";
    echo().execute(foreign);
    assertThat(out).hasToString("a" + shown + "z" + System.lineSeparator() + "\r");
    assertThat(err).hasToString("a" + shown + "z");
  }

  @Test
  void textOfAnyLanguageStays() {
    String text = "\u00fc \u65e5\u672c \ud83d\ude00 \u05d0\ttab\nline";
    echo().execute(text);
    assertThat(err).hasToString(text);
  }

  @Test
  void aCharacterInTwoHalvesStaysWhole() {
    CommandLine line = echo();
    line.execute("x");
    line.getOut().print('\ud83d');
    line.getOut().print('\ude00');
    line.getOut().flush();
    assertThat(out.toString()).endsWith("\ud83d\ude00");
  }

  @Test
  void argumentsThatAreRefusedAreEscaped() {
    echo().execute("a", "b\u001b[2J");
    assertThat(err.toString()).contains("b\\u001b[2J").doesNotContain("\u001b");
  }

  @Test
  void theHelpKeepsItsBoldLetters() {
    echo().execute("--help");
    assertThat(out.toString()).contains("\u001b[1m");
  }

  @Test
  void linesOfTheLogAreEscapedTheSame() throws JoranException {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    try {
      JoranConfigurator shipped = new JoranConfigurator();
      shipped.setContext(context);
      shipped.doConfigure("src/main/resources/logback.xml");
      context
          .getLogger("dev.kelpie.x")
          .warn("a\u001b[2J \u009b1m \u202e \u2066 b\nc \u00fc \u65e5");
    } finally {
      context.stop();
      System.setErr(before);
    }
    assertThat(log.toString(StandardCharsets.UTF_8))
        .endsWith("a\\u001b[2J \\u009b1m \\u202e \\u2066 b\nc \u00fc \u65e5\n");
  }
}
