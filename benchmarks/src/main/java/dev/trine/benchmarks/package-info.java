/**
 * JMH benchmarks of the kernels. Build the module, collect its class path and start JMH with the options that every Java
 * process of Trine needs:
 *
 * <pre>{@code
 * mvn -q -pl benchmarks -am package -DskipTests
 * mvn -q -pl benchmarks -am dependency:build-classpath -Dmdep.outputFile=target/classpath -Dmdep.includeScope=runtime
 * java -cp benchmarks/target/classes:platform-compute/target/classes:platform-api/target/classes:$(cat benchmarks/target/classpath) \
 *   org.openjdk.jmh.Main 'TernaryBenchmark.decode' -p shape=2560x2560 -p threads=1,2
 * }</pre>
 *
 * Forked virtual machines get those options from the benchmarks themselves. Compare figures of one run only; quote processor,
 * JDK, flags and commit with them.
 */
@NullMarked
package dev.trine.benchmarks;

import org.jspecify.annotations.NullMarked;
