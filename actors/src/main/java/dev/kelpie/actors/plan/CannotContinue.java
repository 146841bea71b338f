package dev.kelpie.actors.plan;

/** Ends a run that cannot continue; its message is the reason that people see. */
public final class CannotContinue extends RuntimeException {
  private static final long serialVersionUID = 1;

  CannotContinue(String reason) {
    super(reason);
  }
}
