package dev.kelpie.rewards.answer;

/** Where a response's answer is looked for. */
public enum Where {
  /** Behind the last marker. */
  MARKER,
  /** Inside the last <code>\boxed{...}</code> or <code>\fbox{...}</code>. */
  BOXED,
  /** The last number, or the last formula. */
  LAST,
  /** Behind the marker if there is one, else in a box if there is one, else the last. */
  ANYWHERE
}
