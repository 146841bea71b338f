package dev.kelpie.jinja;

/** Part of a template that writes text or changes its scope. */
@FunctionalInterface
interface Statement {
  /** The statement that rendering continues with. */
  enum Next {
    STATEMENT,
    BREAK,
    CONTINUE
  }

  Next render(Scope scope, StringBuilder out);
}
