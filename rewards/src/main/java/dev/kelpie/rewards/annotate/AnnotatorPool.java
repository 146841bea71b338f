package dev.kelpie.rewards.annotate;

import dev.kelpie.config.RewardModelOptions;
import dev.kelpie.experience.RunFolder;
import dev.kelpie.experience.SampleId;
import dev.kelpie.experience.ScoredTrajectory;
import dev.kelpie.experience.reward.Annotations;
import dev.kelpie.rewards.annotate.AnnotationFile.Line;
import dev.kelpie.rewards.judge.Judge;
import dev.kelpie.rewards.remote.ChatModel;
import dev.kelpie.rewards.remote.Connections;
import dev.kelpie.rewards.remote.RemoteException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * Judges responses on threads of its own, beside the training: a queue of texts, each of which a
 * judge on a server is asked about once. Nobody waits for it, unless {@code patience} says so.
 *
 * <p>Zheng et al. 2024, https://arxiv.org/abs/2410.23022, section 3: an asynchronous annotator.
 */
public final class AnnotatorPool implements Annotations {
  private static final long END_SECONDS = 4;

  private final RewardModelOptions.Online options;
  private final Judge judge;
  private final Connections connections;
  private final ChatModel model;
  private final Consumer<String> problems;
  private final AnnotationFile file;
  private final ExecutorService threads;
  private final Map<String, Text> texts = new LinkedHashMap<>();
  private Map<String, Double> joining = Map.of();
  private long caughtUp;
  private boolean told;
  private long failed;
  private long leftOut;

  /** A text and how far it is. */
  private static final class Text {
    private final OfferedText text;
    private boolean written;
    private boolean joined;
    private boolean ended;
    private double value = Double.NaN;

    Text(OfferedText text) {
      this.text = text;
    }
  }

  private AnnotatorPool(
      RewardModelOptions.Online options,
      Judge judge,
      Connections connections,
      Consumer<String> problems,
      AnnotationFile file) {
    this.options = options;
    this.judge = judge;
    this.connections = connections;
    this.model = connections.model(judge.model());
    this.problems = problems;
    this.file = file;
    AtomicInteger number = new AtomicInteger();
    this.threads =
        Executors.newFixedThreadPool(
            model.concurrency(),
            task -> {
              Thread thread = new Thread(task, "annotator-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * The judgements of a run. Texts that an earlier process has offered and not joined are asked
   * about at once.
   *
   * @param connections closed with this
   * @param problems takes a line for people
   */
  public static AnnotatorPool open(
      RewardModelOptions.Online options,
      Judge judge,
      Connections connections,
      RunFolder run,
      Consumer<String> problems) {
    AnnotationFile file = AnnotationFile.open(run.annotationsFile());
    AnnotatorPool pool = new AnnotatorPool(options, judge, connections, problems, file);
    pool.takeUp();
    return pool;
  }

  private synchronized void takeUp() {
    for (Line line : file.lines().values()) {
      line.offered()
          .forEach(
              (key, offered) -> {
                Text text = new Text(offered);
                text.written = true;
                texts.put(key, text);
              });
    }
    Map<String, Double> values = new HashMap<>();
    file.lines().values().forEach(line -> values.putAll(line.joined()));
    texts.forEach(
        (key, text) -> {
          Double value = values.get(key);
          if (value == null) {
            ask(text);
          } else {
            text.value = value;
            text.ended = true;
          }
        });
  }

  private void ask(Text text) {
    threads.execute(
        () -> {
          try {
            end(
                text,
                judge.share(judge.judge(model, text.text.prompt(), text.text.text()).value()));
          } catch (RemoteException e) {
            fail(text, String.valueOf(e.getMessage()));
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
  }

  private synchronized void end(Text text, double value) {
    text.value = value;
    text.ended = true;
    notifyAll();
  }

  private synchronized void fail(Text text, String reason) {
    text.ended = true;
    failed++;
    notifyAll();
    if (!told) {
      told = true;
      problems.accept(
          "online-reward: a text has no judgement, and the training goes on: " + reason);
    }
  }

  @Override
  public synchronized List<Annotation> join(long step) {
    Line line = file.lines().get(step);
    // what the lines before this step joined is known again after a resume
    file.lines()
        .subMap(Math.min(caughtUp, step), step)
        .values()
        .forEach(one -> one.joined().keySet().forEach(this::joined));
    caughtUp = step;
    if (line != null) {
      joining = line.joined();
    } else {
      await();
      Map<String, Double> arrived = new LinkedHashMap<>();
      texts.forEach(
          (key, text) -> {
            boolean ready = !text.joined && text.written && Double.isFinite(text.value);
            if (ready && arrived.size() < options.batchSize()) {
              arrived.put(key, text.value);
            }
          });
      joining = arrived;
    }
    return joining.entrySet().stream().map(e -> annotation(e.getKey(), e.getValue())).toList();
  }

  private void joined(String key) {
    Text text = texts.get(key);
    if (text != null) {
      text.joined = true;
    }
  }

  private Annotation annotation(String key, double value) {
    OfferedText text = text(key).text;
    return new Annotation(text.prompt().tokens(), text.response(), value);
  }

  private Text text(String key) {
    return Objects.requireNonNull(texts.get(key), key);
  }

  private void await() {
    long until = System.nanoTime() + options.patience().toNanos();
    try {
      while (waiting() > 0 && until - System.nanoTime() > 0) {
        TimeUnit.NANOSECONDS.timedWait(this, until - System.nanoTime());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private int waiting() {
    return (int) texts.values().stream().filter(text -> !text.ended).count();
  }

  @Override
  public synchronized Progress record(
      long step, long version, List<ScoredTrajectory> responses, double[] scores) {
    Map<String, Double> byId = new LinkedHashMap<>();
    for (int i = 0; i < scores.length; i++) {
      SampleId id = responses.get(i).trajectory().id();
      // a step that is sampled once more, after a kill, is another attempt at the same responses
      byId.put(new SampleId(id.group(), id.sample(), 0).toString(), scores[i]);
    }
    List<OfferedText> all =
        responses.stream().map(response -> OfferedText.of(response.trajectory())).toList();
    String key = OfferedText.keyOf(all);
    Line known = file.lines().get(step);
    if (known != null
        && known.version() == version
        && known.responses().equals(key)
        && known.scores().equals(byId)
        && known.joined().equals(joining)) {
      joining.keySet().forEach(this::joined);
      return new Progress(waiting(), failed, leftOut);
    }
    // a step that is made in another way than before is the end of what was recorded
    Map<String, Double> joins = joining;
    for (Line line : file.lines().tailMap(step, true).values()) {
      line.offered().keySet().forEach(one -> text(one).written = false);
    }
    all.forEach(this::offer);
    Map<String, OfferedText> offered = new LinkedHashMap<>();
    texts.forEach(
        (name, text) -> {
          if (!text.written) {
            offered.put(name, text.text);
            text.written = true;
          }
        });
    file.put(new Line(step, version, key, byId, joins, offered));
    joins.keySet().forEach(this::joined);
    return new Progress(waiting(), failed, leftOut);
  }

  private void offer(OfferedText offered) {
    String key = offered.key();
    if (texts.containsKey(key)) {
      return;
    }
    if (waiting() >= options.queue()) {
      leftOut++;
      return;
    }
    Text text = new Text(offered);
    texts.put(key, text);
    ask(text);
  }

  @Override
  public void close() {
    threads.shutdownNow();
    connections.close();
    try {
      threads.awaitTermination(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    file.close();
  }
}
