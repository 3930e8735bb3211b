package io.github.uniquant.tensor;

/** A named tensor of a model's state: a parameter of the prior, or one of the coding tables. */
public record Variable(String name, Tensor value) {}
