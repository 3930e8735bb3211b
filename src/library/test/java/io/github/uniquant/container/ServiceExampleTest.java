package io.github.uniquant.container;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.uniquant.BitStrings;
import io.github.uniquant.UniversalBatchedEntropyModel;
import io.github.uniquant.tensor.Shape;
import io.github.uniquant.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import org.junit.jupiter.api.Test;

/** What a service does that ships a model in its jar. */
class ServiceExampleTest {
    @Test
    void serviceLoadsItsModelFromTheClassPath() throws IOException {
        UniversalBatchedEntropyModel model;
        try (InputStream resource = getClass().getResourceAsStream("/container/normal-1.uqm")) {
            model = ModelFile.read(resource);
        }
        BitStrings strings = model.compress(Tensor.of(Shape.of(1, 3), -0.6f, 1.2f, 3f));

        assertThat(strings.totalBytes()).isEqualTo(1);
        assertThat(model.decompress(strings, Shape.scalar()).get(2)).isBetween(2.5, 3.5);
    }
}
