package dev.kelpie.cli.plan;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.actors.simulation.Forecast;
import dev.kelpie.actors.simulation.Rates;
import dev.kelpie.actors.simulation.Recommendation;
import dev.kelpie.cli.terminal.TextTable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** A plan as a table for people and as JSON for programs. */
final class PlanText {
  private static final int FORMAT = 1;

  private PlanText() {}

  /** The lines of the table and of what it rests on. */
  static List<String> lines(Plan plan) {
    List<String> lines = new ArrayList<>();
    Forecast.Machines machines = plan.machines();
    lines.add(
        machines.perHost() == 0
            ? text("%d rollout workers on the learner's machine", machines.workers())
            : text(
                "%d rollout workers, %d on each machine, %.0f MB/s between two",
                machines.workers(), machines.perHost(), machines.linkBytes() / 1e6));
    if (machines.learnerSpeed() != 1) {
      lines.add(text("the learner is %.1f times as fast as measured", machines.learnerSpeed()));
    }
    lines.add("");
    lines.addAll(table(plan));
    lines.add("");
    plan.faulty().ifPresent(faulty -> lines.add(faults(faulty)));
    plan.recommended().ifPresent(found -> lines.add(advice(plan, found)));
    lines.addAll(basis(plan));
    return lines;
  }

  private static List<String> table(Plan plan) {
    Map<String, Forecast> columns = columns(plan);
    List<String> titles = new ArrayList<>(List.of(""));
    titles.addAll(columns.keySet());
    List<List<String>> rows = new ArrayList<>();
    row(rows, columns, "rollout workers", one -> text("%d", one.workers()));
    row(rows, columns, "rollout.unit-prompts", one -> text("%d", one.unitPrompts()));
    row(rows, columns, "async.max-staleness", one -> text("%d", one.maxStaleness()));
    row(rows, columns, "step time, s", one -> text("%.2f", one.stepSeconds()));
    row(rows, columns, "workers idle, %", one -> text("%.1f", 100 * one.idleShare()));
    row(rows, columns, "learner updating, %", one -> text("%.1f", 100 * one.learnerShare()));
    row(rows, columns, "staleness, mean", one -> text("%.2f", one.meanStaleness()));
    row(rows, columns, "broadcast, s", one -> text("%.2f", one.broadcastSeconds()));
    row(
        rows,
        columns,
        "coordinator, % of a core",
        one -> text("%.2f", 100 * one.coordinatorShare()));
    if (plan.priced()) {
      row(rows, columns, "cost of a step", one -> text("%.4f", plan.cost(one)));
    }
    return new TextTable(titles, rows).lines();
  }

  private static void row(
      List<List<String>> rows,
      Map<String, Forecast> columns,
      String title,
      Function<Forecast, String> cell) {
    List<String> row = new ArrayList<>(List.of(title));
    columns.values().forEach(one -> row.add(cell.apply(one)));
    rows.add(row);
  }

  private static Map<String, Forecast> columns(Plan plan) {
    Map<String, Forecast> columns = new LinkedHashMap<>();
    columns.put("as configured", plan.given());
    plan.recommended().ifPresent(found -> columns.put("recommended", found.best()));
    plan.recommended()
        .flatMap(Recommendation::busy)
        .ifPresent(one -> columns.put("busy workers", one));
    return columns;
  }

  private static String faults(Forecast faulty) {
    return text(
        "with failures: effective training time %.1f %%, %d failures, step time %.2f s",
        100 * faulty.effectiveTime(), faulty.failures(), faulty.stepSeconds());
  }

  private static String advice(Plan plan, Recommendation found) {
    Forecast best = found.best();
    String settings =
        text(
            "recommended: rollout.unit-prompts = %d, async.max-staleness = %d",
            best.unitPrompts(), best.maxStaleness());
    double gain = plan.given().stepSeconds() / best.stepSeconds();
    String faster = gain > 1.02 ? text(" (%.2f times as fast as configured)", gain) : "";
    Optional<Forecast> busy = found.busy();
    String fewer =
        busy.map(
                one ->
                    text(
                        "; %d workers would do with a step time of %.2f s",
                        one.workers(), one.stepSeconds()))
            .orElse("");
    return settings + faster + fewer;
  }

  private static List<String> basis(Plan plan) {
    Rates rates = plan.rates();
    String runs = plan.runs().stream().map(String::valueOf).collect(Collectors.joining(", "));
    return List.of(
        text("rests on %d steps of %s:", rates.steps(), runs),
        text(
            "  a unit %s s + %s s a decode step + %s s a token, +- %.0f %%",
            short3(rates.generate().get(0)),
            short3(rates.generate().get(1)),
            short3(rates.generate().get(2)),
            100 * rates.spread()),
        text(
            "  an update %s s a minibatch + %s s a response + %s s a token; reward %s s a response",
            short3(rates.train().get(0)),
            short3(rates.train().get(1)),
            short3(rates.train().get(2)),
            short3(rates.score())),
        text(
            "  publishing %s s, loading %s s, other %s s + %s s a response; responses of %.1f"
                + " tokens, the longest %.0f",
            short3(rates.publish()),
            short3(rates.load()),
            short3(rates.other().get(0)),
            short3(rates.other().get(1)),
            rates.length(plan.experiment()),
            rates.longest()));
  }

  private static String short3(double value) {
    return value == 0 ? "0" : text("%.3g", value);
  }

  private static String text(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** The same for programs; times in seconds, shares from 0 to 1. */
  static ObjectNode json(Plan plan) {
    ObjectNode root = JsonNodeFactory.instance.objectNode().put("format", FORMAT);
    ObjectNode machines = root.putObject("machines");
    machines.put("rollout-workers", plan.machines().workers());
    machines.put("workers-per-host", plan.machines().perHost());
    machines.put("link-bytes-per-s", plan.machines().linkBytes());
    machines.put("learner-speed", plan.machines().learnerSpeed());
    put(root.putObject("as-configured"), plan, plan.given());
    plan.recommended()
        .ifPresent(
            found -> {
              put(root.putObject("recommended"), plan, found.best());
              found.busy().ifPresent(one -> put(root.putObject("busy-workers"), plan, one));
            });
    plan.faulty()
        .ifPresent(
            faulty -> {
              ObjectNode json = root.putObject("with-failures");
              put(json, plan, faulty);
              json.put("failures", faulty.failures());
              json.put("effective-time", faulty.effectiveTime());
            });
    rates(root.putObject("rates"), plan);
    return root;
  }

  private static void put(ObjectNode json, Plan plan, Forecast one) {
    json.put("rollout-workers", one.workers());
    json.put("unit-prompts", one.unitPrompts());
    json.put("max-staleness", one.maxStaleness());
    json.put("step-s", one.stepSeconds());
    json.put("idle", one.idleShare());
    json.put("learner", one.learnerShare());
    json.put("staleness", one.meanStaleness());
    json.put("broadcast-s", one.broadcastSeconds());
    json.put("coordinator", one.coordinatorShare());
    if (plan.priced()) {
      json.put("cost", plan.cost(one));
    }
  }

  private static void rates(ObjectNode json, Plan plan) {
    Rates rates = plan.rates();
    plan.runs().forEach(run -> json.withArray("runs").add(run.toString()));
    json.put("steps", rates.steps());
    rates.generate().forEach(json.withArray("unit-s")::add);
    rates.train().forEach(json.withArray("update-s")::add);
    rates.other().forEach(json.withArray("other-s")::add);
    json.put("unit-spread", rates.spread());
    json.put("score-s", rates.score());
    json.put("reference-s", rates.reference());
    json.put("load-s", rates.load());
    json.put("publish-s", rates.publish());
    json.put("checkpoint-s", rates.save());
    json.put("response-length", rates.meanLength());
    json.put("response-length-max", rates.longest());
    json.put("weight-bytes", rates.weightBytes());
  }
}
