/*
 * Copyright the Trine authors.
 * SPDX-License-Identifier: Apache-2.0
 */
package dev.trine.app.plugin;

/**
 * Parent of every plugin jar's class loader. It shows the SPI, the null annotations and the JDK, and nothing else of the
 * host: a plugin can bring any library in any version, and cannot come to depend on ours.
 */
final class SpiClassLoader extends ClassLoader {

  private final ClassLoader host;

  SpiClassLoader(ClassLoader host) {
    super("trine-spi", ClassLoader.getPlatformClassLoader());
    this.host = host;
  }

  @Override
  protected Class<?> findClass(String name) throws ClassNotFoundException {
    if (name.startsWith("dev.trine.api.") || name.startsWith("org.jspecify.annotations.")) {
      return host.loadClass(name);
    }
    throw new ClassNotFoundException(name);
  }
}
