package dev.kelpie.cli.chat;

import dev.kelpie.cli.terminal.SafeText;
import dev.kelpie.experience.FinishReason;
import dev.kelpie.experience.PolicyVersion;
import dev.kelpie.experience.Prompt;
import dev.kelpie.experience.Purpose;
import dev.kelpie.experience.RolloutUnit;
import dev.kelpie.experience.Sampling;
import dev.kelpie.experience.TokenIds;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.experience.UnitId;
import dev.kelpie.model.TextStream;
import dev.kelpie.model.Tokenizer;
import dev.kelpie.model.architecture.CheckpointException;
import dev.kelpie.rollout.RolloutEngine;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CancellationException;

/**
 * The chat loop: reads a line, prints the answer token by token. Answers go to {@code out} and
 * everything else to {@code notes}, so that a script reads answers only.
 */
final class Chat {
  private static final String HELP =
      "/reset forgets what was said, /quit or Ctrl-D ends the chat, Ctrl-C ends an answer";

  private final RolloutEngine engine;
  private final Tokenizer tokenizer;
  private final Conversation conversation;
  private final Sampling sampling;
  private final long seed;
  private final boolean interactive;
  private final PrintWriter out;
  private final PrintWriter notes;
  private volatile boolean answering;
  private volatile boolean stopped;
  private int turns;

  /** Creates a chat without messages; {@code interactive}: a person types and sees prompts. */
  Chat(
      RolloutEngine engine,
      Tokenizer tokenizer,
      Conversation conversation,
      Sampling sampling,
      long seed,
      boolean interactive,
      PrintWriter out,
      PrintWriter notes) {
    this.engine = engine;
    this.tokenizer = tokenizer;
    this.conversation = conversation;
    this.sampling = sampling;
    this.seed = seed;
    this.interactive = interactive;
    this.out = out;
    this.notes = notes;
  }

  /** Stops the answer in progress; between answers it prints how to leave the chat. */
  void interrupt() {
    if (answering) {
      stopped = true;
    } else {
      note(HELP);
      prompt();
    }
  }

  /**
   * Answers lines until {@code in} ends or asks to leave; returns whether every line was answered.
   */
  boolean run(BufferedReader in) throws IOException {
    boolean all = true;
    while (true) {
      prompt();
      String line = in.readLine();
      if (line == null) {
        if (interactive) {
          out.println();
        }
        out.flush();
        return all;
      }
      String command = line.strip();
      if (command.equals("/quit")) {
        return all;
      } else if (command.equals("/reset")) {
        conversation.reset();
        note("forgotten");
      } else if (command.equals("/help")) {
        note(HELP);
      } else if (command.matches("/\\w+")) {
        note(SafeText.line(command) + ": unknown (expected: /reset, /quit or /help)");
        all = false;
      } else if (!command.isEmpty()) {
        all &= answer(line);
      }
    }
  }

  private void prompt() {
    if (interactive) {
      out.print("> ");
      out.flush();
    }
  }

  private void note(String text) {
    notes.println(text);
    notes.flush();
  }

  private boolean answer(String line) {
    Conversation.Turn turn;
    try {
      turn = conversation.ask(line);
    } catch (CheckpointException e) {
      note("kelpie: " + SafeText.line(String.valueOf(e.getMessage())));
      return false;
    }
    if (turn.dropped() > 0) {
      note("(the context is full: the oldest " + turn.dropped() + " messages were dropped)");
    }
    Spoken spoken = new Spoken();
    stopped = false;
    answering = true;
    try {
      List<Trajectory> made = engine.generate(unit(turn), spoken);
      spoken.finish();
      if (interactive && made.get(0).finishReason() == FinishReason.LENGTH) {
        note("(ended at " + turn.limit() + " tokens)");
      }
    } catch (CancellationException e) {
      spoken.finish();
      note("(stopped)");
    } finally {
      answering = false;
    }
    conversation.answered(spoken.text.toString());
    return true;
  }

  private RolloutUnit unit(Conversation.Turn turn) {
    int number = turns++;
    return new RolloutUnit(
        new UnitId(Purpose.EVAL, number, 0, 0),
        0,
        List.of(
            new Prompt("turn-" + number, turn.text(), turn.prompt(), Optional.empty(), Map.of())),
        1,
        new Sampling(
            sampling.temperature(),
            sampling.topK(),
            sampling.topP(),
            sampling.minP(),
            turn.limit(),
            false),
        TokenIds.empty(),
        seed,
        engine.version().orElse(new PolicyVersion(0)));
  }

  /** Prints an answer as soon as its characters are complete, and collects its text. */
  private final class Spoken implements RolloutEngine.Progress {
    private final TextStream stream = new TextStream(tokenizer);
    private final StringBuilder text = new StringBuilder();

    @Override
    public void report(int finishedRows, int rows, long tokens) {}

    @Override
    public void drawn(int row, TokenIds tokens) {
      for (int id : tokens.toArray()) {
        print(stream.add(id));
      }
      if (stopped) {
        throw new CancellationException("the answer was ended");
      }
    }

    void finish() {
      print(stream.finish());
      out.println();
      out.flush();
    }

    private void print(String piece) {
      if (!piece.isEmpty()) {
        text.append(piece);
        out.print(SafeText.lines(piece));
        out.flush();
      }
    }
  }
}
