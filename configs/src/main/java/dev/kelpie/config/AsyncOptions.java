package dev.kelpie.config;

/** How far generation may run ahead of learning. */
public record AsyncOptions(
    @Doc("versions a response may lag; 0: synchronous, repeatable") int maxStaleness) {
  public static final AsyncOptions DEFAULTS = new AsyncOptions(0);

  public AsyncOptions {
    Require.atLeast("max-staleness", maxStaleness, 0);
  }
}
