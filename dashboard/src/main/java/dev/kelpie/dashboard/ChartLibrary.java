package dev.kelpie.dashboard;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Properties;

/** Apache ECharts from the class path: the library of every chart that Kelpie draws. */
public final class ChartLibrary {
  private static final String PROPERTIES = "/META-INF/maven/org.mvnpm/echarts/pom.properties";

  private ChartLibrary() {}

  /** The resource of the module that a served page imports. */
  static String module() {
    return resource("echarts.esm.min.mjs");
  }

  /**
   * The library as a script that defines {@code echarts}, for a page that is one file. It can stand
   * within a {@code script} element.
   */
  public static String script() {
    String script = new String(read(resource("echarts.min.js")), StandardCharsets.UTF_8);
    return script.replace("</script", "<\\/script");
  }

  private static String resource(String file) {
    Properties properties = new Properties();
    try (InputStream stream = open(PROPERTIES)) {
      properties.load(stream);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    String version = properties.getProperty("version");
    return "/META-INF/resources/_static/echarts/" + version + "/dist/" + file;
  }

  private static byte[] read(String resource) {
    try (InputStream stream = open(resource)) {
      return stream.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static InputStream open(String resource) {
    InputStream stream = ChartLibrary.class.getResourceAsStream(resource);
    if (stream == null) {
      throw new IllegalStateException("the class path has no " + resource);
    }
    return stream;
  }
}
