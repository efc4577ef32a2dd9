// A small convolutional network: 3×3 convolution with relu, dense layer with relu, dense layer.
#pragma once

#include <cstdint>
#include <sporkle/sporkle.hpp>
#include <string>
#include <vector>

#include "dataset.hpp"

namespace digits {

/// A tensor of weights with its gradient and what Adam remembers of it.
template <int Rank>
struct Parameter {
    sporkle::Array<float, Rank> value, gradient, mean, square;
    explicit Parameter(const std::array<std::int64_t, Rank>& extents)
        : value(extents), gradient(extents), mean(extents), square(extents) {}
};

class Network {
  public:
    /// Random weights from the seed. The kernels run where the runner says, a Context or one of its devices,
    /// which must outlive the network.
    Network(const sporkle::Runner& runner, std::uint64_t seed);

    /// Digits × rows × columns.
    using Images = sporkle::View<const float, 3>;
    using Labels = sporkle::View<const std::int32_t, 1>;

    /// One step of the optimiser on a batch. Returns the sum of the losses before the step.
    double train(Images images, Labels labels, float learning_rate);

    /// What it reads each digit as.
    sporkle::Array<std::int64_t, 1> read(Images images) const;

    /// A number that depends on every bit of every weight: equal wherever the same training was done.
    std::uint64_t fingerprint() const;

    /// The kernels' names, with what they do.
    static std::vector<std::string> kernel_names();

  private:
    /// What lies between the layers, for so many digits, and its gradients.
    struct Activations {
        sporkle::Array<float, 4> maps, dmaps;
        sporkle::Array<float, 2> hidden, dhidden, scores, dscores;
        sporkle::Array<float, 1> loss;
        explicit Activations(std::int64_t count);
    };

    void forward(Images images, Activations& at) const;
    void backward(Images images, Activations& at);
    template <int Rank>
    void update(Parameter<Rank>& parameter, float rate, float small);

    const sporkle::Runner& runner_;
    Parameter<3> filter_;
    Parameter<1> filter_bias_;
    Parameter<2> weights1_;
    Parameter<1> bias1_;
    Parameter<2> weights2_;
    Parameter<1> bias2_;
    Activations batch_;
    double mean_decay_ = 1, square_decay_ = 1;  ///< Adam's 0.9 and 0.999 to the power of the steps so far
};

}  // namespace digits
