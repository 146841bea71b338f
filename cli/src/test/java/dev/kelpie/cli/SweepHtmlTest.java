package dev.kelpie.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.kelpie.cli.sweep.MadeSweep;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The page of a sweep in a real browser that is offline. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SweepHtmlTest {
  private static final Duration SOON = Duration.ofMinutes(2);

  @Test
  void thePageDrawsItsCurvesFromOneFileWithoutNetwork(@TempDir Path folder) throws Exception {
    Optional<Path> browser = Chromium.find();
    assumeThat(browser).as("chromium on the PATH").isPresent();
    Path page = MadeSweep.write(folder).resolve("sweep.html");
    Path alone = Files.copy(page, Files.createDirectory(folder.resolve("alone")).resolve("s.html"));
    Path profile = Files.createDirectory(folder.resolve("profile"));
    try (Chromium shown = Chromium.start(browser.orElseThrow(), profile)) {
      shown.offline(true);
      shown.open(alone.toUri().toString());
      shown.await("document.querySelectorAll('.canvas canvas').length === 1", SOON);
      // cell b is the best and first: after step 1 of 4 at 0.2 + 0.125 and 0.4 + 0.125
      String lines =
          "echarts.getInstanceByDom(document.querySelector('.canvas')).getOption().series"
              + ".filter((one) => one.data[0].length > 3)"
              + ".map((one) => one.name + ' ' + one.data[0][0] + ' ' + one.data[0][1].toFixed(3))"
              + ".join()";
      assertThat(shown.evaluate(lines).asText()).isEqualTo("b 1 0.425,a 1 0.325");
      // the band of b begins at its mean and one deviation, sqrt(0.02), above
      String away =
          "(() => { const chart = echarts.getInstanceByDom(document.querySelector('.canvas'));"
              + " const band = chart.getZr().storage.getDisplayList()"
              + ".find((one) => one.type === 'polygon');"
              + " const wanted = chart.convertToPixel('grid', [1, 0.425 + Math.sqrt(0.02)]);"
              + " const [x, y] = band.shape.points[0];"
              + " return Math.hypot(x - wanted[0], y - wanted[1]); })()";
      assertThat(shown.evaluate(away).asDouble()).isLessThan(1);
      assertThat(text(shown, "table a")).isEqualTo("b");
      assertThat(
              shown
                  .evaluate(
                      "document.querySelectorAll('table')[2].querySelector('a').attributes"
                          + ".href.value")
                  .asText())
          .isEqualTo("b/seed-1/");
      assertThat(text(shown, ".values tr:nth-child(2) td")).isEqualTo("0.425 ± 0.141 over 2 seeds");
      shown.resize(390, 844, true);
      assertThat(shown.evaluate("document.documentElement.scrollWidth > innerWidth").asBoolean())
          .isFalse();
      assertThat(shown.errors()).isEmpty();
    }
  }

  private static String text(Chromium page, String selector) {
    return page.evaluate("document.querySelector('" + selector + "').textContent").asText();
  }
}
