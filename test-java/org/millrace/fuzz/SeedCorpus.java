package org.millrace.fuzz;

import co.nstant.in.cbor.CborBuilder;
import co.nstant.in.cbor.CborEncoder;
import co.nstant.in.cbor.CborException;

import org.millrace.codec.Encoding;
import org.millrace.format.OffsetCodec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Objects;

/** Sound input for each target to begin with: what it is changed into gets further than noise. */
final class SeedCorpus {
    private static final int BYTES_MAX = 4000;
    private static final int FILES_MAX = 40;
    private static final String ID = "hz8OTS15CSNzRuxQf3xkkHlkZRzx7AMM9mZypVkgD1Q=";

    private SeedCorpus() {}

    static void write(Class<?> target, Path corpus) throws IOException {
        var inputs = inputs(target);
        for (int i = 0; i < Math.min(FILES_MAX, inputs.size()); i++) {
            Files.write(corpus.resolve("seed" + i), inputs.get(i));
        }
    }

    private static List<byte[]> inputs(Class<?> target) throws IOException {
        if (target == FuzzTargets.Json.class) {
            return vectors(Encoding.JSON);
        } else if (target == FuzzTargets.Bipf.class) {
            return vectors(Encoding.BIPF);
        } else if (target == FuzzTargets.Cbor.class) {
            return List.of(cbor(true), cbor(false));
        }
        return logs(FuzzedLog.Format.valueOf(target.getSimpleName().toUpperCase()));
    }

    /** What the codec's tests have of an encoding: its column of vectors.txt. */
    private static List<byte[]> vectors(Encoding encoding) throws IOException {
        var records = new ArrayList<byte[]>();
        try (var in = Encoding.class.getResourceAsStream("vectors.txt")) {
            var text =
                    new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
            for (String line : text.lines().toList()) {
                String[] columns = line.split("\t");
                byte[] record = Base64.getDecoder().decode(columns[1]);
                if (columns[0].equals(encoding.name()) && record.length < BYTES_MAX) {
                    records.add(record);
                }
            }
        }
        return records;
    }

    private static byte[] cbor(boolean isPublic) throws IOException {
        var builder = new CborBuilder();
        var message = builder.addMap().put("key", "%" + ID + ".sha256").put("timestamp", 2.5);
        var value = message.putMap("value").put("author", "@" + ID + ".ed25519").put("sequence", 7);
        if (isPublic) {
            var content = value.putMap("content").put("type", "vote").put("channel", "#chan");
            content.putMap("vote").put("link", "%" + ID + ".sha256").put("value", 1).end();
            content.putArray("branch").add("%" + ID + ".sha256").add("&" + ID + ".sha256").end();
        } else {
            value.put("content", ID + ".box");
        }
        var out = new ByteArrayOutputStream();
        try {
            new CborEncoder(out).encode(builder.build());
        } catch (CborException e) {
            throw new IOException(e);
        }
        return out.toByteArray();
    }

    /** A sound log of each variant. */
    private static List<byte[]> logs(FuzzedLog.Format format) {
        var logs = new ArrayList<byte[]>();
        int variants = format == FuzzedLog.Format.OFFSET ? OffsetCodec.values().length : 1;
        for (int variant = 0; variant < variants; variant++) {
            logs.add(FuzzedLog.sound(format, variant));
        }
        return logs;
    }
}
