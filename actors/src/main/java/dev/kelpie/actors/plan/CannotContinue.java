package dev.kelpie.actors.plan;

/** Ends a run that cannot continue. */
public final class CannotContinue extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final String reason;

  CannotContinue(String reason) {
    super(reason);
    this.reason = reason;
  }

  /** Why the run ends, as people see it. */
  public String reason() {
    return reason;
  }
}
