package dev.kelpie.config.file;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigIncludeContext;
import com.typesafe.config.ConfigIncluder;
import com.typesafe.config.ConfigIncluderClasspath;
import com.typesafe.config.ConfigIncluderFile;
import com.typesafe.config.ConfigIncluderURL;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigParseable;
import dev.kelpie.config.ConfigException;
import dev.kelpie.config.hocon.HoconScan;
import java.io.File;
import java.net.URL;
import java.nio.file.Path;
import java.util.Set;

/**
 * Lets the parser include only files that {@link HoconScan} has found and {@link HoconSource} has
 * checked. An include statement that the scan has missed is refused; the parser would fetch it.
 *
 * @param files the files that may be included
 */
record ScannedIncludes(Set<Path> files)
    implements ConfigIncluder, ConfigIncluderFile, ConfigIncluderURL, ConfigIncluderClasspath {
  @Override
  public ConfigIncluder withFallback(ConfigIncluder fallback) {
    return this; // the parser adds its own, which reads addresses and the class path
  }

  @Override
  public ConfigObject include(ConfigIncludeContext context, String what) {
    ConfigParseable found = context.relativeTo(what);
    String file = found == null ? null : found.origin().filename();
    if (found == null || file == null) {
      throw refused(what);
    }
    Path scanned = Path.of(file).toAbsolutePath().normalize();
    if (!files.contains(scanned)) {
      throw refused(what);
    }
    // the path that was scanned: behind a link, '..' leads elsewhere as it is written
    return ConfigFactory.parseFile(scanned.toFile(), found.options().setAllowMissing(false)).root();
  }

  @Override
  public ConfigObject includeFile(ConfigIncludeContext context, File what) {
    throw refused("file(" + what + ")");
  }

  @Override
  public ConfigObject includeURL(ConfigIncludeContext context, URL what) {
    throw refused("url(" + what + ")");
  }

  @Override
  public ConfigObject includeResources(ConfigIncludeContext context, String what) {
    throw refused("classpath(" + what + ")");
  }

  private static ConfigException refused(String what) {
    return new ConfigException(
        "include " + what + ": refused (expected: include required(\"FILE\"))");
  }
}
