package dev.kelpie.cli.chat;

import static org.assertj.core.api.Assertions.assertThat;

import dev.kelpie.cli.CommandLineRun;
import dev.kelpie.cli.FinishedRun;
import dev.kelpie.cli.Shipped;
import dev.kelpie.cli.terminal.Failures;
import dev.kelpie.cli.terminal.InterruptHandler;
import dev.kelpie.config.RolloutOptions;
import dev.kelpie.experience.Sampling;
import dev.kelpie.model.Checkpoint;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.rollout.RolloutEngine;
import dev.kelpie.rollout.RolloutEngines;
import dev.kelpie.runs.CheckpointStore;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringReader;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(FinishedRun.Maker.class)
class ChatCommandTest {
  private static final String POLICY = Shipped.configs().resolve("quickstart/policy").toString();

  private final FinishedRun run;

  @TempDir private Path scratch = Path.of("");

  ChatCommandTest(FinishedRun run) {
    this.run = run;
  }

  @Test
  void answersEachLineOfAPipeAndNothingElse() {
    CommandLineRun chat = chat("1+2+3*4?\n\n7+5*3-8?\n", POLICY, "--temperature", "0");
    assertThat(chat.code()).as(chat.err()).isZero();
    assertThat(chat.out().lines()).hasSize(2).allMatch(line -> line.matches("[0-9=+*,-]+"));
    assertThat(chat.err())
        .contains("policy: " + POLICY)
        .contains("no chat template: each line is continued as plain text, by itself");
    // what comes before a line does not change its answer
    CommandLineRun alone = chat("7+5*3-8?\n", POLICY, "--temperature", "0");
    assertThat(alone.out()).isEqualTo(chat.out().lines().toList().get(1) + "\n");
  }

  @Test
  void theSameSeedGivesTheSameAnswers() {
    String lines = "1+2+3*4?\n1+2+3*4?\n1+2+3*4?\n";
    String once = chat(lines, POLICY, "--temperature", "5", "--seed", "7").out();
    assertThat(chat(lines, POLICY, "--temperature", "5", "--seed", "7").out()).isEqualTo(once);
    assertThat(chat(lines, POLICY, "--temperature", "5", "--seed", "8").out()).isNotEqualTo(once);
    assertThat(once.lines().distinct().count()).isGreaterThan(1);
  }

  @Test
  void limitsAnAnswer() {
    String whole = chat("7+5*3-8?\n", POLICY, "--temperature", "0").out();
    String cut = chat("7+5*3-8?\n", POLICY, "--temperature", "0", "--max-new-tokens", "3").out();
    // every character of this policy is a token
    assertThat(cut).isEqualTo(whole.substring(0, 3) + "\n");
  }

  @Test
  void aRunStandsForItsNewestCompleteCheckpoint() throws IOException {
    Path copy = run.copy(scratch.resolve("copy"));
    Path newer = copy.resolve("checkpoints/step-9/learner/policy");
    Files.createDirectories(newer);
    CommandLineRun chat = chat("1+2+3*4?\n", copy.toString(), "--temperature", "0");
    assertThat(chat.code()).as(chat.err()).isZero();
    assertThat(chat.err())
        .contains("step-9: no MANIFEST.json (expected: a complete checkpoint); taking the")
        .contains("policy: " + CheckpointStore.policy(copy.resolve("checkpoints/step-2")));
    assertThat(chat.out())
        .isEqualTo(chat("1+2+3*4?\n", run.checkpoint().toString(), "--temperature", "0").out());
  }

  @Test
  void theTemplateSeesTheConversationAndTheOldestTurnsAreDropped() throws IOException {
    Path policy = withTemplate();
    String[] options = {policy.toString(), "--temperature", "0", "--max-new-tokens", "20"};
    CommandLineRun chat = chat("1+2+3*4?\n5+6*7-8?\n9+8*7-6?\n1*2+3-4?\n", options);
    assertThat(chat.code()).as(chat.err()).isZero();
    assertThat(chat.out().lines()).hasSize(4);
    // 64 positions: 8 tokens a question, up to 20 an answer
    assertThat(chat.err()).contains("the context is full: the oldest 2 messages were dropped");
    CommandLineRun again = chat("1+2+3*4?\n/reset\n1+2+3*4?\n/help\n/quit\n5+6*7-8?\n", options);
    List<String> answers = again.out().lines().toList();
    assertThat(answers).hasSize(2);
    assertThat(answers.get(1)).isEqualTo(answers.get(0));
    assertThat(again.err()).contains("forgotten").contains("Ctrl-C ends an answer");
    CommandLineRun system = chat("1+2?\n", policy.toString(), "--system", "1".repeat(70));
    assertThat(system.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(system.err()).contains("kelpie: the prompt has ").contains("(expected: 1 to 63,");
  }

  @Test
  void refusesWhatCannotBeInOneLine() {
    refuses("nowhere: no such folder (expected: a run or", scratch.resolve("nowhere").toString());
    refuses("no config.json (expected: a run or a checkpoint folder)", scratch.toString());
    refuses("--temperature: -1.0 (expected: in [0, 100])", POLICY, "--temperature", "-1");
    refuses("--top-p: 2.0 (expected: in (0, 1])", POLICY, "--top-p", "2");
    refuses("--max-new-tokens: 0 (expected: >= 1)", POLICY, "--max-new-tokens", "0");
    refuses("--threads: 0 (expected: at least 1)", POLICY, "--threads", "0");
    refuses("has no chat template (expected: a checkpoint with one)", POLICY, "--system", "x");
  }

  @Test
  void refusesModelsThatWriteNoText() throws IOException {
    Path policy = FinishedRun.copy(Path.of(POLICY), scratch.resolve("scorer"));
    Path config = policy.resolve("config.json");
    String causal = Files.readString(config);
    Files.writeString(config, causal.replace("ForCausalLM", "ForSequenceClassification"));
    refuses("LlamaForSequenceClassification gives scores (expected: a model", policy.toString());
    Files.writeString(config, causal.replace("LlamaForCausalLM", "LamaForCausalLM"));
    refuses("LamaForCausalLM (expected: LlamaForCausalLM?", policy.toString());
  }

  @Test
  void saysWhatIsWrongWithALineAndGoesOn() {
    CommandLineRun chat = chat("1".repeat(80) + "\nhello\n/rset\n1+2+3*4?\n", POLICY);
    assertThat(chat.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(chat.err())
        .contains("kelpie: the prompt has 81 tokens (expected: 1 to 63")
        .contains("kelpie: this text cannot be written in the policy's tokens: ")
        .contains("/rset: unknown (expected: /reset, /quit or /help)");
    assertThat(chat.out().lines()).hasSize(1);
  }

  @Test
  void anInterruptEndsTheAnswerAndNotTheChat() throws IOException {
    Path policy = Path.of(POLICY);
    StringWriter notes = new StringWriter();
    Runnable[] interrupt = {() -> {}};
    StringWriter out =
        new StringWriter() {
          @Override
          public void write(String text, int from, int count) {
            super.write(text, from, count);
            if (toString().length() == 2) {
              interrupt[0].run(); // as Ctrl-C would, after the second character
            }
          }
        };
    RolloutOptions options = RolloutOptions.DEFAULTS;
    try (Tokenizer tokenizer = Tokenizer.open(policy);
        RolloutEngine engine = RolloutEngines.open(policy, options);
        Checkpoint weights = Checkpoint.open(policy)) {
      engine.load(weights);
      Conversation conversation =
          new Conversation(tokenizer, Optional.empty(), Optional.empty(), 64, 26);
      Chat chat =
          new Chat(
              engine,
              tokenizer,
              conversation,
              new Sampling(0, 0, 1, 0, 26, false),
              1,
              false,
              new PrintWriter(out),
              new PrintWriter(notes));
      interrupt[0] = chat::interrupt;
      assertThat(chat.run(new BufferedReader(new StringReader("7+5*3-8?\n7+5*3-8?\n")))).isTrue();
      chat.interrupt();
    }
    List<String> answers = out.toString().lines().toList();
    assertThat(answers).hasSize(2);
    assertThat(answers.get(0)).hasSize(2);
    assertThat(answers.get(1)).startsWith(answers.get(0)).hasSizeGreaterThan(2);
    assertThat(notes.toString()).startsWith("(stopped)").contains("/quit or Ctrl-D ends the chat");
  }

  @Test
  void ctrlCRunsOurActionWhileItIsHandled() throws Exception {
    Assumptions.assumeFalse(interruptIsIgnored(), "started in the background, without Ctrl-C");
    CountDownLatch heard = new CountDownLatch(1);
    try (InterruptHandler handled = InterruptHandler.runs(heard::countDown)) {
      Class<?> signal = Class.forName("sun.misc.Signal");
      signal
          .getMethod("raise", signal)
          .invoke(null, signal.getConstructor(String.class).newInstance("INT"));
      assertThat(heard.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(handled).isNotNull();
    }
  }

  /** A shell gives jobs in the background no Ctrl-C, and a JVM leaves it at that. */
  private static boolean interruptIsIgnored() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.isReadable(status)) {
      return false;
    }
    return Files.readAllLines(status).stream()
        .filter(line -> line.startsWith("SigIgn:"))
        .anyMatch(line -> (Long.parseUnsignedLong(line.substring(7).strip(), 16) & 2) != 0);
  }

  /** The quickstart's policy with a template that joins all messages. */
  private Path withTemplate() throws IOException {
    Path policy = FinishedRun.copy(Path.of(POLICY), scratch.resolve("templated"));
    Files.writeString(
        policy.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }}{% endfor %}");
    return policy;
  }

  private void refuses(String message, String... arguments) {
    CommandLineRun refused = chat("", arguments);
    assertThat(refused.code()).isEqualTo(Failures.BAD_INPUT);
    assertThat(refused.err()).hasLineCount(1).contains(message);
  }

  private static CommandLineRun chat(String lines, String... arguments) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(lines.getBytes(StandardCharsets.UTF_8)));
    try {
      String[] all = new String[arguments.length + 1];
      all[0] = "chat";
      System.arraycopy(arguments, 0, all, 1, arguments.length);
      return CommandLineRun.of(all);
    } finally {
      System.setIn(before);
    }
  }
}
