package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.experience.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The doctor's findings in a real browser. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class DoctorPageTest {
  private static final Duration SOON = Duration.ofMinutes(1);
  private static final String COUNT = "document.querySelector('#doctor-count')";

  @TempDir private Path folder = Path.of("");

  /** Steps whose reward is the length of the response, which grows by a token in each. */
  private static String gamed(int from, int to) {
    StringBuilder lines = new StringBuilder();
    for (int step = from; step <= to; step++) {
      lines.append(
          String.format(
              Locale.ROOT,
              "{\"format\":1,\"step\":%d,\"reward/mean\":%d,\"response_length/mean\":%d,"
                  + "\"reward/length_correlation\":1,\"policy/loss\":%s}%n",
              step,
              10 + step,
              10 + step,
              step > 20 ? "null" : "-0.1"));
    }
    return lines.toString();
  }

  private static String texts(Chromium page, String selector) {
    return page.evaluate(
            "[...document.querySelectorAll(\""
                + selector
                + "\")].map((one) => one.textContent).join('|')")
        .asText();
  }

  @Test
  void findingsAppearAsTheRunGrowsAndLeadToTheirSamples() throws IOException {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    Path run = EndedRun.write(folder.resolve("run"), 4, 12, 0.3);
    Path metrics = new RunFolder(run).metricsFile();
    Files.writeString(metrics, gamed(1, 8));
    EndedRun.addSample(run, 11, "much ado about nothing");
    Path profile = Files.createDirectory(folder.resolve("profile"));
    try (EndedRun.Page served = EndedRun.serve(List.of(run));
        Chromium page = Chromium.start(browser.orElseThrow(), profile)) {
      page.open(served.url() + "#doctor");
      page.await(
          "document.querySelector('#doctor-summary').textContent === '✓ Nothing found in 8"
              + " steps.'",
          SOON);
      assertThat(page.evaluate(COUNT + ".hidden").asBoolean()).isTrue();

      Files.writeString(metrics, gamed(1, 12));
      page.await(COUNT + ".textContent === '2'", SOON);
      assertThat(texts(page, ".finding h2"))
          .isEqualTo("▲ alarm over optimisation|▲ alarm length growth");
      assertThat(texts(page, ".finding:first-child .evidence"))
          .startsWith("reward/mean 13 -> 20 (steps 1 to 5 against 8 to 12), but\nresponse_length");
      assertThat(texts(page, ".finding:first-child .hint code")).startsWith("reward|algorithm.kl");
      String sample = texts(page, ".finding:first-child .shown-samples li:first-child a");
      assertThat(sample).matches("step \\d+, group \\d+, #\\d+");

      Files.writeString(metrics, gamed(1, 21));
      page.await(COUNT + ".textContent === '3'", SOON);
      pictures(page);
      page.click(".finding:first-child .shown-samples a");
      page.await("!document.querySelector('#view-samples').hidden", SOON);
      page.await("document.querySelectorAll('.group .response').length > 0", SOON);
      assertThat(texts(page, ".group:first-child h2"))
          .startsWith("Step " + sample.replaceAll("step (\\d+),.*", "$1") + ",");
      assertThat(page.errors()).isEmpty();
    }
  }

  /** Screenshots for people, with {@code -Dkelpie.pictures=FOLDER}. */
  private static void pictures(Chromium page) throws IOException {
    String to = System.getProperty("kelpie.pictures", "");
    if (to.isEmpty()) {
      return;
    }
    page.resize(1200, 760, false);
    page.prefer("light");
    page.screenshot(Path.of(to, "doctor-light.png"));
    page.prefer("dark");
    page.screenshot(Path.of(to, "doctor-dark.png"));
    page.resize(390, 844, true);
    page.screenshot(Path.of(to, "doctor-phone.png"));
    page.prefer("light");
    page.resize(1280, 800, false);
  }
}
