package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.algorithms.score.ScoreReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The results of a reward model in a real browser. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class RewardModelPageTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String CHART =
      "(await import('/lib/echarts.js')).getInstanceByDom([...document.querySelectorAll("
          + "'#view-reward-model .canvas')][%d])";

  @TempDir private Path folder = Path.of("");

  /** Updates whose accuracy and margin rise. */
  private static String metrics(int steps) {
    StringBuilder lines = new StringBuilder();
    for (int step = 1; step <= steps; step++) {
      lines.append(
          String.format(
              Locale.ROOT,
              "{\"format\":1,\"step\":%d,\"reward_model/loss\":%.4f,\"reward_model/accuracy\":%.4f,"
                  + "\"reward_model/margin\":%.4f%s}%n",
              step,
              0.693 - 0.01 * step,
              0.5 + 0.01 * step,
              0.02 * step,
              step % 5 == 0
                  ? String.format(
                      Locale.ROOT, ",\"eval/reward_model/accuracy\":%.4f", 0.5 + 0.009 * step)
                  : ""));
    }
    return lines.toString();
  }

  /** 40 pairs of which the model is 0.6 sure, 30 of them right, and 10 of 0.9, all right. */
  private static ScoreReport report() {
    List<ScoreReport.Pair> pairs = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      double difference = Math.log(0.62 / 0.38);
      pairs.add(new ScoreReport.Pair(i < 30 ? difference : -difference, 0, 10, i < 20 ? 8 : 12));
    }
    for (int i = 0; i < 10; i++) {
      pairs.add(new ScoreReport.Pair(Math.log(9.2 / 0.8), 0, 10, 9));
    }
    return ScoreReport.of(pairs);
  }

  private static String result(ScoreReport report) {
    StringBuilder bins = new StringBuilder();
    for (ScoreReport.Bin bin : report.bins()) {
      bins.append(bins.length() == 0 ? "" : ",")
          .append(
              String.format(
                  Locale.ROOT,
                  "{\"from\":%.2f,\"to\":%.2f,\"pairs\":%d,\"confidence\":%s,\"accuracy\":%s}",
                  bin.from(),
                  bin.to(),
                  bin.pairs(),
                  bin.pairs() == 0 ? "null" : Double.toString(bin.confidence()),
                  bin.pairs() == 0 ? "null" : Double.toString(bin.accuracy())));
    }
    return String.format(
        Locale.ROOT,
        "{\"pairs\":%d,\"accuracy\":%s,\"standard-error\":%s,\"loss\":%s,"
            + "\"expected-calibration-error\":%s,\"reliability\":[%s],\"length-bias\":{"
            + "\"correlation\":%s,\"chosen-shorter-pairs\":%d,\"chosen-shorter-accuracy\":%s,"
            + "\"chosen-longer-pairs\":%d,\"chosen-longer-accuracy\":%s}}",
        report.pairs(),
        report.accuracy(),
        report.standardError(),
        report.loss(),
        report.calibrationError(),
        bins,
        report.lengths().correlation(),
        report.lengths().shorterPairs(),
        report.lengths().shorterAccuracy(),
        report.lengths().longerPairs(),
        report.lengths().longerAccuracy());
  }

  private static String text(Chromium page, String selector) {
    return page.evaluate("document.querySelector(\"" + selector + "\").textContent").asText();
  }

  @Test
  void resultsAppearWhenTheTrainingEnds() throws IOException {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    Path run = Files.createDirectory(folder.resolve("scorer"));
    Files.writeString(run.resolve("metrics.jsonl"), metrics(20));
    Path profile = Files.createDirectory(folder.resolve("profile"));
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = Chromium.start(browser.orElseThrow(), profile)) {
      page.open(served.url());
      page.evaluate("location.hash = 'curves'");
      page.await(
          "[...document.querySelectorAll('#charts figure:not([hidden]) strong')].map((one) =>"
              + " one.textContent).join() === 'Ranking accuracy,Margin,Reward model loss'",
          SOON);
      assertThat(page.evaluate("document.querySelector('#tab-samples').hidden").asBoolean())
          .isTrue();
      page.evaluate("location.hash = 'reward-model'");
      page.await(
          "document.querySelector('#reward-model-summary').textContent.endsWith('At step 20 the"
              + " held-out accuracy was 68 %.')",
          SOON);

      Files.writeString(
          run.resolve("reward-model.json"),
          "{\"format\":1,\"models\":[{\"folder\":\"\",\"seed\":1,\"steps\":20,\"held-out\":"
              + result(report())
              + "}]}");
      page.await("document.querySelectorAll('#view-reward-model .canvas canvas').length > 1", SOON);
      // 40 of 50 right: sqrt(0.8 * 0.2 / 50) = 5.7 %; 0.8 * |0.62 - 0.75| + 0.2 * |0.92 - 1| = 12 %
      assertThat(text(page, "#reward-model-summary"))
          .startsWith("Held-out accuracy 80 % (standard error 5.7 %, 50 pairs), loss ")
          .endsWith("calibration error 12 %.");
      // the longer ones of the 40 hold all 10 errors: chosen is the shorter one in 20 pairs
      assertThat(
              page.evaluate(
                      "new Promise(async (told) => told("
                          + String.format(Locale.ROOT, CHART, 1)
                          + ".getOption().series[0].data))")
                  .toString())
          .isEqualTo("[0.8,0.5,1]");
      // Wilson's interval of 30 of 40: 0.598 to 0.858
      assertThat(
              page.evaluate(
                      "new Promise(async (told) => told("
                          + String.format(Locale.ROOT, CHART, 0)
                          + ".getOption().series[2].data.map((point) => point.slice(0, 5)"
                          + ".map((one) => Math.round(1000 * one) / 1000))))")
                  .toString())
          .isEqualTo("[[0.62,0.75,0.598,0.858,40],[0.92,1,0.722,1,10]]");
      page.click("#view-reward-model .chart summary");
      assertThat(text(page, "#view-reward-model .values tbody tr:nth-child(3)"))
          .isEqualTo("0.6 to 0.654062 %75 %59.8 % to 85.8 %");
      assertThat(page.errors()).isEmpty();
    }
  }

  /**
   * Pictures for people of the reward models in {@code -Dkelpie.models=FOLDER,...}, with {@code
   * -Dkelpie.pictures=FOLDER}.
   */
  @Test
  void picturesShowRewardModels() throws IOException {
    String to = System.getProperty("kelpie.pictures", "");
    String models = System.getProperty("kelpie.models", "");
    assumeThat(to).isNotEmpty();
    assumeThat(models).isNotEmpty();
    Path profile = Files.createDirectory(folder.resolve("profile"));
    int number = 0;
    for (String model : models.split(",", -1)) {
      number++;
      try (EndedRun.Page served = EndedRun.serve(List.of(Path.of(model)));
          Chromium page = Chromium.start(Chromium.find().orElseThrow(), profile)) {
        page.resize(1200, 760, false);
        page.prefer("light");
        page.open(served.url());
        page.await(
            "document.querySelectorAll('#view-reward-model .canvas canvas').length > 1", SOON);
        page.screenshot(Path.of(to, "reward-model-light-" + number + ".png"));
        page.prefer("dark");
        page.screenshot(Path.of(to, "reward-model-dark-" + number + ".png"));
        page.resize(390, 1400, true);
        page.screenshot(Path.of(to, "reward-model-phone-" + number + ".png"));
        page.resize(1200, 760, false);
        page.evaluate("location.hash = 'curves'");
        page.await("document.querySelectorAll('#charts canvas').length > 1", SOON);
        page.screenshot(Path.of(to, "reward-model-curves-" + number + ".png"));
        assertThat(page.errors()).isEmpty();
      }
    }
  }
}
