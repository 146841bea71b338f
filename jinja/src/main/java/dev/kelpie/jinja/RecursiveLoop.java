package dev.kelpie.jinja;

/** The variable {@code loop} of a recursive loop, which may be called. */
record RecursiveLoop(Loop loop) implements JinjaCallable {
  @Override
  public Object call(Arguments arguments) {
    return loop.again().call(arguments);
  }
}
