// Grey levels of a frame, as a graph measures them: 100th and 99th percentile to 48 and 208.
#include <algorithm>
#include <cmath>
#include <vector>

// step: the smallest difference that means something, 1 of counts; 0 of floats: a millionth of them.
void stretch(std::vector<float>& frame, int height, int width, float step) {
    std::vector<float> sample;
    for (int i = 1; i < 256; i += 2)
        for (int j = 1; j < 256; j += 2)
            sample.push_back(frame[i * height / 256 * width + j * width / 256]);
    std::sort(sample.begin(), sample.end());
    const float low = sample[163], high = sample[128 * 128 - 164], centre = (low + high) / 2;
    if (step == 0) step = 1e-6f * std::max({std::abs(low), std::abs(high), 1e-30f});
    float gain = 160 / std::max(high - low, 10 * step), brightest = -INFINITY;
    for (int y = 0; y + 1 < height; ++y)
        for (int x = 0; x + 1 < width; ++x) {
            const float* p = &frame[y * width + x];
            brightest = std::max(brightest, std::min({p[0], p[1], p[width], p[width + 1]}) - centre);
        }
    if (brightest * gain > 127) gain = std::max(127 / brightest, gain / 4);
    for (float& v : frame) v = std::clamp((v - centre) * gain + 128, 0.f, 255.f);
}
