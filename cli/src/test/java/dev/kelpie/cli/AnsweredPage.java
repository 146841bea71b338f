package dev.kelpie.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** The page of a run folder, for answers over HTTP. */
public record AnsweredPage(EndedRun.Page page) implements AutoCloseable {
  /** Serves the run in {@code folder}. */
  public static AnsweredPage over(Path folder) throws IOException {
    return new AnsweredPage(EndedRun.serve(List.of(folder)));
  }

  /** Its address with the token. */
  public String url() {
    return page.url();
  }

  @Override
  public void close() {
    page.close();
  }
}
