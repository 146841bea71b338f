package dev.kelpie.dashboard;

import dev.kelpie.experience.RunView.ActorState;
import dev.kelpie.experience.RunView.Link;
import dev.kelpie.experience.StepMetrics;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tag;
import io.micrometer.core.instrument.Tags;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The newest numbers of the runs for Prometheus. A number's name is its own with {@code kelpie_}
 * before it and underscores for slashes: {@code reward/mean} is {@code kelpie_reward_mean}. Nothing
 * is collected between two requests.
 */
final class PrometheusText {
  private final List<ShownRun> runs;
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<Map<String, Double>> newest = new ArrayList<>();
  private final long[] seen;
  private final Map<String, MultiGauge> tables = new ConcurrentHashMap<>();

  PrometheusText(List<ShownRun> runs) {
    this.runs = runs;
    this.seen = new long[runs.size()];
    runs.forEach(run -> newest.add(new ConcurrentHashMap<>()));
  }

  /** The text that Prometheus reads. */
  synchronized String scrape() {
    List<MultiGauge.Row<?>> steps = new ArrayList<>();
    Map<String, List<MultiGauge.Row<?>>> actors = new ConcurrentHashMap<>();
    List<MultiGauge.Row<?>> ledger = new ArrayList<>();
    List<MultiGauge.Row<?>> messages = new ArrayList<>();
    List<MultiGauge.Row<?>> bytes = new ArrayList<>();
    for (int i = 0; i < runs.size(); i++) {
      ShownRun run = runs.get(i);
      Tags tags = Tags.of("run", run.name());
      updateNumbers(i, tags);
      steps.add(MultiGauge.Row.of(tags, run.view().progress().step()));
      run.view().actors().forEach(state -> addActor(state, tags, actors));
      run.view()
          .ledger()
          .forEach((name, count) -> ledger.add(MultiGauge.Row.of(tags.and("state", name), count)));
      for (Link link : run.view().links()) {
        Tags pair = tags.and(Tag.of("from", link.from()), Tag.of("to", link.to()));
        messages.add(MultiGauge.Row.of(pair, link.messages()));
        bytes.add(MultiGauge.Row.of(pair, link.bytes()));
      }
    }
    table("kelpie.step", "steps committed", steps);
    table("kelpie.ledger.samples", "training samples by state", ledger);
    table("kelpie.link.messages", "messages between two actors", messages);
    table("kelpie.link.bytes", "serialized bytes between two actors", bytes);
    actors.forEach((name, rows) -> table("kelpie.actor." + name, name + " of an actor", rows));
    return registry.scrape();
  }

  private static void addActor(
      ActorState state, Tags tags, Map<String, List<MultiGauge.Row<?>>> actors) {
    Tags own = tags.and("actor", state.name(), "role", state.role());
    Map<String, Double> numbers = new HashMap<>(state.numbers());
    numbers.put("policy_version", (double) state.version());
    numbers.forEach(
        (name, value) ->
            actors
                .computeIfAbsent(name, key -> new ArrayList<>())
                .add(MultiGauge.Row.of(own, value)));
  }

  private void updateNumbers(int run, Tags tags) {
    Map<String, Double> numbers = newest.get(run);
    for (StepMetrics step : runs.get(run).view().metrics(seen[run])) {
      step.values()
          .forEach(
              (name, value) -> {
                if (numbers.put(name, value) == null) {
                  register(name, numbers, tags);
                }
              });
      seen[run] = step.step();
    }
  }

  private void register(String name, Map<String, Double> numbers, Tags tags) {
    Gauge.builder("kelpie." + name.replace('/', '.'), () -> numbers.getOrDefault(name, Double.NaN))
        .description(name + " of the newest step that has it")
        .tags(tags)
        .register(registry);
  }

  private void table(String name, String description, List<MultiGauge.Row<?>> rows) {
    tables
        .computeIfAbsent(
            name, key -> MultiGauge.builder(key).description(description).register(registry))
        .register(rows, true);
  }
}
