#include "network.hpp"

#include <bit>
#include <cmath>
#include <numeric>

#include "kernels.hpp"

namespace digits {
namespace {

constexpr int channels = 16, hidden = 64;
constexpr int features = channels * pixels;  ///< the convolution's outputs for one digit

/// He's initialisation: uniform with variance 2 / inputs.
template <int Rank>
void initialise(Parameter<Rank>& parameter, int inputs, Random& random) {
    const float limit = std::sqrt(6.0f / static_cast<float>(inputs));
    for (float& value : parameter.value) value = random.symmetric(limit);
}

/// The feature maps of each digit as one row.
sporkle::View<float, 2> as_rows(sporkle::Array<float, 4>& maps) {
    return sporkle::view(maps.data(), {maps.extent(0), features});
}

}  // namespace

Network::Activations::Activations(std::int64_t count)
    : maps({count, channels, side, side}),
      dmaps({count, channels, side, side}),
      hidden({count, digits::hidden}),
      dhidden({count, digits::hidden}),
      scores({count, classes}),
      dscores({count, classes}),
      loss({count}) {}

Network::Network(const sporkle::Runner& runner, std::uint64_t seed)
    : runner_(runner),
      filter_({channels, 3, 3}),
      filter_bias_({channels}),
      weights1_({features, hidden}),
      bias1_({hidden}),
      weights2_({hidden, classes}),
      bias2_({classes}),
      batch_(0) {
    Random random(seed);
    initialise(filter_, 9, random);
    initialise(weights1_, features, random);
    initialise(weights2_, hidden, random);
}

void Network::forward(Images images, Activations& at) const {
    runner_.run(kernels::conv_relu, images, filter_.value, filter_bias_.value, at.maps);
    runner_.run(kernels::dense_relu, as_rows(at.maps), weights1_.value, bias1_.value, at.hidden);
    runner_.run(kernels::dense, at.hidden, weights2_.value, bias2_.value, at.scores);
}

void Network::backward(Images images, Activations& at) {
    runner_.run(kernels::dense_weight_gradient, at.hidden, at.dscores, weights2_.gradient);
    runner_.run(kernels::dense_bias_gradient, at.dscores, bias2_.gradient);
    runner_.run(kernels::dense_input_gradient, at.hidden, at.dscores, weights2_.value, at.dhidden);

    runner_.run(kernels::dense_weight_gradient, as_rows(at.maps), at.dhidden, weights1_.gradient);
    runner_.run(kernels::dense_bias_gradient, at.dhidden, bias1_.gradient);
    runner_.run(kernels::dense_input_gradient, as_rows(at.maps), at.dhidden, weights1_.value,
                as_rows(at.dmaps));

    runner_.run(kernels::conv_filter_gradient, at.dmaps, images, filter_.gradient);
    runner_.run(kernels::conv_bias_gradient, at.dmaps, filter_bias_.gradient);
}

template <int Rank>
void Network::update(Parameter<Rank>& p, float rate, float small) {
    // In place: old and new are the same memory.
    runner_.run(kernels::adam, p.mean.flat(), p.gradient.flat(), p.square.flat(), p.value.flat(), rate, small,
                p.mean.flat(), p.square.flat(), p.value.flat());
}

double Network::train(Images images, Labels labels, float learning_rate) {
    const auto count = labels.size();
    if (batch_.loss.size() != count) batch_ = Activations(count);
    forward(images, batch_);
    runner_.run(kernels::cross_entropy, batch_.scores, labels, 1.0f / static_cast<float>(count), batch_.loss,
                batch_.dscores);
    backward(images, batch_);

    // Products and square roots round alike everywhere, so training ends in the same weights on every
    // machine.
    mean_decay_ *= 0.9;
    square_decay_ *= 0.999;
    const double correction = std::sqrt(1 - square_decay_);
    const auto rate = static_cast<float>(learning_rate * correction / (1 - mean_decay_));
    const auto small = static_cast<float>(1e-8 * correction);
    update(filter_, rate, small);
    update(filter_bias_, rate, small);
    update(weights1_, rate, small);
    update(bias1_, rate, small);
    update(weights2_, rate, small);
    update(bias2_, rate, small);
    return std::accumulate(batch_.loss.begin(), batch_.loss.end(), 0.0);
}

sporkle::Array<std::int64_t, 1> Network::read(Images images) const {
    const std::int64_t count = images.extent(0);
    Activations at(count);
    sporkle::Array<std::int64_t, 1> readings({count});
    forward(images, at);
    runner_.run(kernels::read_digit, at.scores, readings);
    return readings;
}

std::uint64_t Network::fingerprint() const {
    std::uint64_t hash = 0xcbf29ce484222325u;  // FNV-1a over the weights' bits
    const auto add = [&](const auto& parameter) {
        for (const float value : parameter.value)
            hash = (hash ^ std::bit_cast<std::uint32_t>(value)) * 0x100000001b3u;
    };
    add(filter_), add(filter_bias_), add(weights1_), add(bias1_), add(weights2_), add(bias2_);
    return hash;
}

std::vector<std::string> Network::kernel_names() {
    return {"conv_relu",
            "dense_relu",
            "dense",
            "cross_entropy",
            "dense_weight_gradient",
            "dense_bias_gradient",
            "dense_input_gradient",
            "conv_filter_gradient",
            "conv_bias_gradient",
            "adam",
            "read_digit"};
}

}  // namespace digits
