package dev.kelpie.jinja;

/** Part of a template that has a value. */
@FunctionalInterface
interface Expression {
  Object evaluate(Scope scope);
}
