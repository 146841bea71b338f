package dev.kelpie.model.template;

/** Part of a template that has a value. */
@FunctionalInterface
interface Expression {
  Object evaluate(Scope scope);
}
