package dev.kelpie.runs.label;

import java.time.Instant;

/** A line of {@code labels.jsonl}. */
public sealed interface LabelEvent permits Label, LabelEvent.Undo, LabelEvent.Cut {
  /** When it was written. */
  Instant time();

  /**
   * Takes an answer back.
   *
   * @param id of this request
   * @param of id of the answer
   */
  record Undo(String id, Instant time, String labeller, String of) implements LabelEvent {
    public Undo {
      id = Label.requireId("id", id);
      of = Label.requireId("of", of);
      labeller = Label.requireLabeller(labeller);
    }
  }

  /**
   * The end of a file that a kill has torn, cut off before the next line was written. What was torn
   * had not been acknowledged, so the browser sends it again.
   *
   * @param bytes how many were cut
   * @param text their start as text
   */
  record Cut(Instant time, long bytes, String text) implements LabelEvent {}
}
