package dev.kelpie.actors.plan;

/** Ends a run that cannot continue. */
public final class CannotContinue extends RuntimeException {
  private static final long serialVersionUID = 1;

  public CannotContinue(String reason) {
    super(reason);
  }

  /** Why the run ends, as people see it. */
  public String reason() {
    return String.valueOf(getMessage());
  }
}
