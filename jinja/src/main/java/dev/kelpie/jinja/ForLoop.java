package dev.kelpie.jinja;

import dev.kelpie.jinja.Statement.Next;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A {@code for} loop. What its body sets is gone after each turn.
 *
 * @param targets names that get each item, or its parts
 * @param wanted items for which this does not hold are left out, and not counted
 * @param recursive {@code loop(items)} runs the same body over other items
 * @param otherwise rendered when no turn reached the end of the body
 */
record ForLoop(
    List<String> targets,
    Optional<Expression> wanted,
    boolean recursive,
    Statement body,
    Statement otherwise) {
  /** A turn makes a scope of its own. */
  private static final int STEPS_OF_A_TURN = 3;

  Next render(Object iterated, Scope scope, StringBuilder out, int depth) {
    List<Object> items = wanted(iterated, scope);
    boolean ended = false; // as in Jinja, a turn that continue or break cuts short does not count
    for (int i = 0; i < items.size(); i++) {
      scope.budget().steps(STEPS_OF_A_TURN);
      Scope inner = scope.inner();
      Loop loop = new Loop(items, i, depth, again(scope, depth));
      inner.set("loop", recursive ? new RecursiveLoop(loop) : loop);
      assign(targets, items.get(i), inner);
      Next next = body.render(inner, out);
      if (next == Next.BREAK) {
        break;
      }
      ended |= next == Next.STATEMENT;
    }
    return ended ? Next.STATEMENT : otherwise.render(scope, out);
  }

  private List<Object> wanted(Object iterated, Scope scope) {
    List<Object> all = Python.items(iterated, scope.budget());
    if (wanted.isEmpty()) {
      return all;
    }
    scope.budget().items(all.size());
    List<Object> items = new ArrayList<>();
    for (Object item : all) {
      scope.budget().step();
      Scope inner = scope.inner();
      assign(targets, item, inner);
      if (Python.truth(wanted.get().evaluate(inner))) {
        items.add(item);
      }
    }
    return items;
  }

  private JinjaCallable again(Scope scope, int depth) {
    return arguments -> {
      StringBuilder text = new StringBuilder();
      render(arguments.one("loop"), scope, text, depth + 1);
      return scope.budget().made(text.toString());
    };
  }

  /** Gives {@code value} to one name, or its items to several. */
  static void assign(List<String> names, Object value, Scope scope) {
    if (names.size() == 1) {
      scope.set(names.get(0), value);
      return;
    }
    List<Object> items = Python.items(value, scope.budget());
    if (items.size() != names.size()) {
      throw TemplateException.of("%s values for %s names", items.size(), names.size());
    }
    scope.budget().steps(names.size());
    for (int i = 0; i < items.size(); i++) {
      scope.set(names.get(i), items.get(i));
    }
  }
}
