package dev.kelpie.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.kelpie.experience.RunControl;
import dev.kelpie.experience.StepMetrics;
import dev.kelpie.experience.Trajectory;
import dev.kelpie.runs.RewardModelReport;
import dev.kelpie.runs.SampleFiles;
import dev.kelpie.runs.SummaryFile;
import dev.kelpie.wire.arrow.ScoredGroups;
import dev.kelpie.wire.file.CorruptFileException;
import dev.kelpie.wire.http.Answer;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Answers every address but that of the event stream. */
final class Routes {
  private static final String RUNS = "/api/runs";
  private static final int MOST_POINTS = 4000;
  private static final Answer NOT_FOUND = Answer.text(HttpResponseStatus.NOT_FOUND, "no such page");

  private final List<ShownRun> runs;
  private final List<SampleFiles> samples = new ArrayList<>();
  private final List<PairPages> pairs = new ArrayList<>();
  private final List<Checkup> checkups = new ArrayList<>();
  private final List<LabelPages> labels = new ArrayList<>();
  private final WebFiles files = new WebFiles();
  private final PrometheusText prometheus;

  Routes(List<ShownRun> runs) {
    this.runs = List.copyOf(runs);
    this.prometheus = new PrometheusText(runs);
    for (ShownRun run : runs) {
      SampleFiles recorded = new SampleFiles(run.folder().rollouts());
      samples.add(recorded);
      pairs.add(new PairPages(run.folder(), recorded));
      checkups.add(new Checkup(run.view(), run.folder(), recorded));
      labels.add(new LabelPages(run.folder()));
    }
  }

  /** Answers a request, a wrong one with an error in plain text. Never throws. */
  Answer answer(PageRequest request) {
    try {
      Optional<Answer> file =
          request.post() ? Optional.empty() : files.find(request.path(), request.ifNoneMatch());
      return file.isPresent() ? file.get() : computed(request);
    } catch (IllegalArgumentException e) {
      return Answer.text(HttpResponseStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    } catch (IOException | RuntimeException e) {
      return Answer.text(HttpResponseStatus.INTERNAL_SERVER_ERROR, String.valueOf(e.getMessage()));
    }
  }

  private Answer computed(PageRequest request) throws IOException {
    String path = request.path();
    if (path.equals("/metrics") && !request.post()) {
      byte[] text = prometheus.scrape().getBytes(StandardCharsets.UTF_8);
      return new Answer(
          HttpResponseStatus.OK, "text/plain; version=0.0.4; charset=utf-8", text, Map.of());
    } else if (path.equals(RUNS) && !request.post()) {
      return Json.answer(HttpResponseStatus.OK, overview());
    } else if (!path.startsWith(RUNS + "/")) {
      return NOT_FOUND;
    }
    String[] parts = path.substring(RUNS.length() + 1).split("/", -1);
    if (parts.length != 2 || !parts[0].matches("\\d{1,4}")) {
      return NOT_FOUND;
    }
    int run = Integer.parseInt(parts[0]);
    if (run >= runs.size()) {
      return NOT_FOUND;
    }
    return request.post() ? act(run, parts[1], request) : look(run, parts[1], request);
  }

  /** Properties of the runs that change seldom or never. */
  private ArrayNode overview() {
    ArrayNode all = Json.MAPPER.createArrayNode();
    for (ShownRun run : runs) {
      ObjectNode node = all.addObject();
      node.put("name", run.name());
      node.put("control", run.control().isPresent());
      node.put("rewardModel", RewardModelReport.isIn(run.folder()));
      List<StepMetrics> steps = run.view().metrics(0);
      Curves.names(steps).forEach(node.putArray("metrics")::add);
    }
    return all;
  }

  private Answer look(int run, String what, PageRequest request) throws IOException {
    return switch (what) {
      case "curves" -> Json.answer(HttpResponseStatus.OK, curves(run, request));
      case "samples" ->
          Json.answer(
              HttpResponseStatus.OK,
              new SampleSearch(samples.get(run)).page(SampleQuery.of(request)));
      case "tokens" -> tokens(run, request);
      case "pairs" -> Json.answer(HttpResponseStatus.OK, pairs.get(run).list(request));
      case "pair" ->
          pairs
              .get(run)
              .one((long) request.number("step", 0), (int) request.number("pair", 0))
              .map(pair -> Json.answer(HttpResponseStatus.OK, pair))
              .orElse(NOT_FOUND);
      case "timeline" ->
          Json.answer(HttpResponseStatus.OK, timeline(run, request.parameter("actor")));
      case "doctor" -> Json.answer(HttpResponseStatus.OK, checkups.get(run).findings());
      case "reward-model" ->
          Json.answer(HttpResponseStatus.OK, RewardModelPage.of(runs.get(run).folder()));
      case "status" -> status(run);
      case "about" -> Json.answer(HttpResponseStatus.OK, about(run));
      case "label-results" -> labels.get(run).results();
      default -> NOT_FOUND;
    };
  }

  private ObjectNode curves(int run, PageRequest request) {
    long from = (long) request.number("from", 0);
    long to = (long) request.number("to", Long.MAX_VALUE);
    int points = (int) Math.max(2, Math.min(request.number("points", 600), MOST_POINTS));
    List<StepMetrics> steps =
        runs.get(run).view().metrics(from).stream().filter(step -> step.step() <= to).toList();
    List<String> names =
        Stream.of(request.parameter("names").split(",")).filter(name -> !name.isEmpty()).toList();
    ObjectNode node = Json.object();
    node.put("count", steps.size());
    node.put("last", steps.isEmpty() ? 0 : steps.get(steps.size() - 1).step());
    node.set("curves", Curves.of(steps, names, points));
    return node;
  }

  private Answer tokens(int run, PageRequest request) throws IOException {
    long step = (long) request.number("step", 0);
    ScoredGroups scored = samples.get(run).read(step);
    boolean pairwise = pairs.get(run).has(step);
    Stream<Trajectory> all =
        scored.groups().stream()
            .flatMap(
                group ->
                    Stream.concat(
                        group.members().stream().map(member -> member.trajectory()),
                        group.failed().stream().map(failed -> failed.trajectory())));
    return all.filter(
            one ->
                one.id().group().index() == (int) request.number("index", 0)
                    && one.id().sample() == (int) request.number("sample", 0)
                    && one.id().attempt() == (int) request.number("attempt", 0))
        .findFirst()
        .map(
            one ->
                Json.answer(
                    HttpResponseStatus.OK,
                    SampleJson.tokens(one, scored, runs.get(run).texts())
                        .put("learnerTemperature", pairwise ? 1 : one.sampling().temperature())))
        .orElse(NOT_FOUND);
  }

  private ObjectNode timeline(int run, String actor) {
    ObjectNode node = Json.object();
    node.set("moments", RunJson.timeline(runs.get(run).view().timeline(actor)));
    ArrayNode events = node.putArray("events");
    runs.get(run).view().events().stream()
        .filter(event -> event.source().equals(actor) || event.text().contains(actor))
        .forEach(event -> events.add(RunJson.event(event)));
    return node;
  }

  private Answer status(int run) {
    ShownRun shown = runs.get(run);
    return shown
        .situation()
        .get()
        .map(
            now ->
                Json.answer(HttpResponseStatus.OK, WaitingJson.status(shown, now, Instant.now())))
        .orElseGet(
            () ->
                Answer.text(
                    HttpResponseStatus.CONFLICT,
                    shown.control().isPresent()
                        ? "the run has just begun: its coordinator has reported nothing yet"
                        : "this run is not run by this process; it can only be seen"));
  }

  private ObjectNode about(int run) {
    ShownRun shown = runs.get(run);
    ObjectNode node = Json.object();
    node.put("folder", shown.folder().root().toString());
    node.set("config", ResolvedConfig.of(shown.folder()));
    ObjectNode facts = node.putObject("facts");
    shown.facts().forEach(facts::put);
    summary(shown.folder().summaryFile()).ifPresent(summary -> node.set("summary", summary));
    return node;
  }

  private static Optional<JsonNode> summary(Path file) {
    try {
      return Optional.of(SummaryFile.read(file));
    } catch (IOException | CorruptFileException e) {
      // the notes of the run say why
      return Optional.empty();
    }
  }

  private Answer act(int run, String what, PageRequest request) throws IOException {
    return switch (what) {
      case "label-next" -> labels.get(run).next(request.body());
      case "label-answer" -> labels.get(run).take(request.body());
      default -> control(run, what, request);
    };
  }

  private Answer control(int run, String what, PageRequest request) {
    Optional<RunControl> control = runs.get(run).control();
    if (control.isEmpty()) {
      return Answer.text(
          HttpResponseStatus.CONFLICT, "this run is not run by this process; it can only be seen");
    }
    switch (what) {
      case "pause" -> control.get().pause();
      case "resume" -> control.get().resume();
      case "checkpoint" -> control.get().checkpoint();
      case "stop" -> control.get().stop();
      case "drain" -> {
        String worker = request.parameter("worker");
        boolean known =
            runs.get(run).view().actors().stream()
                .anyMatch(state -> state.name().equals(worker) && state.role().equals("rollout"));
        if (!known) {
          return Answer.text(
              HttpResponseStatus.BAD_REQUEST,
              "worker: " + worker + " (expected: name of a rollout worker)");
        }
        control.get().drain(worker);
      }
      default -> {
        return NOT_FOUND;
      }
    }
    return Json.answer(HttpResponseStatus.ACCEPTED, Json.object().put("asked", what));
  }
}
