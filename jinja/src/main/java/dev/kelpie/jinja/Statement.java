package dev.kelpie.jinja;

/** Part of a template that writes text or changes its scope. */
@FunctionalInterface
interface Statement {
  /** Where rendering goes on. */
  enum Next {
    STATEMENT,
    BREAK,
    CONTINUE
  }

  Next render(Scope scope, StringBuilder out);
}
