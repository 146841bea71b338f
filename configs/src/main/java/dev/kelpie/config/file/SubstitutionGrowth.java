package dev.kelpie.config.file;

import dev.kelpie.config.ConfigException;
import dev.kelpie.config.Origins;
import dev.kelpie.config.hocon.HoconScan;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Bounds the size to which substitutions can make an experiment grow, before the parser resolves
 * them: {@code a = ${b}${b}, b = ${c}${c}, ...} doubles with every line.
 *
 * <p>Values that refer to each other in a circle are one component. Its size is at most that of all
 * that it takes from outside, times the number of its values, times the product of the number of
 * references that each of them has into the component.
 */
final class SubstitutionGrowth {
  private static final double MOST_CHARACTERS = 4 << 20;
  private static final int MOST_TIMES = 100; // the parser's time grows with the cube

  private final List<HoconScan.Definition> nodes;
  private final double[] outside; // characters that a node has or takes from values without nodes
  private final List<List<Integer>> edges = new ArrayList<>();
  private final int[] index;
  private final int[] low;
  private final int[] component;
  private final List<Double> sizes = new ArrayList<>();
  private final Deque<Integer> open = new ArrayDeque<>();
  private int visited;

  private SubstitutionGrowth(List<HoconScan.Definition> definitions) {
    this.nodes = definitions.stream().filter(one -> !one.references().isEmpty()).toList();
    List<HoconScan.Definition> plain =
        definitions.stream().filter(one -> one.references().isEmpty()).toList();
    this.outside = new double[nodes.size()];
    this.index = new int[nodes.size()];
    this.low = new int[nodes.size()];
    this.component = new int[nodes.size()];
    Arrays.fill(component, -1);
    for (int i = 0; i < nodes.size(); i++) {
      HoconScan.Definition node = nodes.get(i);
      List<Integer> targets = new ArrayList<>();
      outside[i] = node.length();
      for (String reference : node.references()) {
        for (HoconScan.Definition value : plain) {
          outside[i] += touches(reference, value.path()) ? value.length() : 0;
        }
        for (int j = 0; j < nodes.size(); j++) {
          if (touches(reference, nodes.get(j).path())) {
            targets.add(j);
          }
        }
      }
      edges.add(targets);
    }
  }

  /**
   * Checks the values of an experiment.
   *
   * @throws ConfigException when they may grow beyond the bound
   */
  static void require(List<HoconScan.Definition> definitions, Path file) {
    Map<String, Integer> times = new HashMap<>();
    for (HoconScan.Definition definition : definitions) {
      boolean again = !definition.references().isEmpty();
      if (again && times.merge(definition.path(), 1, Integer::sum) > MOST_TIMES) {
        throw new ConfigException(
            String.format(
                Locale.ROOT,
                "%s: %s has more than %d values with substitutions (expected: fewer)",
                Origins.shown(file),
                definition.path(),
                MOST_TIMES));
      }
    }
    if (new SubstitutionGrowth(definitions).largest() > MOST_CHARACTERS) {
      throw new ConfigException(
          String.format(
              Locale.ROOT,
              "%s: values that substitutions make larger than %.0f characters (expected: smaller"
                  + " ones)",
              Origins.shown(file),
              MOST_CHARACTERS));
    }
  }

  /** Whether the value at {@code reference} has to do with one at {@code path}. */
  private static boolean touches(String reference, String path) {
    return reference.equals(path) || isBelow(reference, path) || isBelow(path, reference);
  }

  private static boolean isBelow(String path, String above) {
    return path.length() > above.length()
        && path.charAt(above.length()) == '.'
        && path.startsWith(above);
  }

  private double largest() {
    double sum = 0;
    for (int i = 0; i < nodes.size(); i++) {
      if (index[i] == 0) {
        visit(i);
      }
    }
    for (double size : sizes) {
      sum += size;
    }
    return sum;
  }

  /** Tarjan's algorithm: a component is complete after all that it refers to. */
  private void visit(int node) {
    visited++;
    index[node] = visited;
    low[node] = visited;
    open.push(node);
    for (int target : edges.get(node)) {
      if (index[target] == 0) {
        visit(target);
        low[node] = Math.min(low[node], low[target]);
      } else if (component[target] < 0) {
        low[node] = Math.min(low[node], index[target]);
      }
    }
    if (low[node] == index[node]) {
      close(node);
    }
  }

  private void close(int root) {
    List<Integer> members = new ArrayList<>();
    int member;
    do {
      member = open.pop();
      component[member] = sizes.size();
      members.add(member);
    } while (member != root);
    double taken = 0;
    double copies = members.size();
    for (int one : members) {
      int inside = 0;
      taken += outside[one];
      for (int target : edges.get(one)) {
        if (component[target] == sizes.size()) {
          inside++;
        } else {
          taken += sizes.get(component[target]);
        }
      }
      copies *= Math.max(1, inside);
    }
    sizes.add(taken * copies);
  }
}
