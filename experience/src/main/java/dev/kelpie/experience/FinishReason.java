package dev.kelpie.experience;

/** Why a response ended. */
public enum FinishReason {
  /** A stop token was generated; it is the response's last token. */
  STOP,
  /** The limit of new tokens was reached. */
  LENGTH,
  /** Generation was cancelled; the response is incomplete. */
  ABORTED
}
