# Small ResNet, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "he_tissue"
EPOCHS = 8
BATCH_SIZE = 32


class Residual(nn.Module):
    def __init__(self, in_channels, channels=64):
        super().__init__()
        self.conv_1 = nn.Conv2d(
            in_channels,
            channels,
            kernel_size=3,
            padding=1,
            bias=False,
        )
        self.norm_1 = nn.BatchNorm2d(channels)
        self.conv_2 = nn.Conv2d(
            channels,
            channels,
            kernel_size=3,
            padding=1,
            bias=False,
        )
        self.norm_2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        conv_1 = self.conv_1(x)
        conv_1 = self.norm_1(conv_1)
        conv_1 = F.relu(conv_1)
        conv_1 = self.conv_2(conv_1)
        conv_1 = self.norm_2(conv_1)
        x = conv_1 + x
        x = F.relu(x)
        return x


class ResidualProjection(nn.Module):
    def __init__(self, in_channels, channels=64, stride=1):
        super().__init__()
        self.conv_1 = nn.Conv2d(
            in_channels,
            channels,
            kernel_size=3,
            stride=stride,
            padding=1,
            bias=False,
        )
        self.norm_1 = nn.BatchNorm2d(channels)
        self.conv_2 = nn.Conv2d(
            channels,
            channels,
            kernel_size=3,
            padding=1,
            bias=False,
        )
        self.norm_2 = nn.BatchNorm2d(channels)
        self.conv_3 = nn.Conv2d(
            in_channels,
            channels,
            kernel_size=1,
            stride=stride,
            bias=False,
        )
        self.norm_3 = nn.BatchNorm2d(channels)

    def forward(self, x):
        conv_1 = self.conv_1(x)
        conv_1 = self.norm_1(conv_1)
        conv_1 = F.relu(conv_1)
        conv_1 = self.conv_2(conv_1)
        conv_1 = self.norm_2(conv_1)
        conv_3 = self.conv_3(x)
        conv_3 = self.norm_3(conv_3)
        x = conv_1 + conv_3
        x = F.relu(x)
        return x


class SmallResNet(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 16, kernel_size=3, padding=1, bias=False)
        self.norm_1 = nn.BatchNorm2d(16)
        self.residual_1 = Residual(16, channels=16)
        self.residual_2 = Residual(16, channels=16)
        self.residual_projection_1 = ResidualProjection(16, channels=32, stride=2)
        self.residual_3 = Residual(32, channels=32)
        self.residual_projection_2 = ResidualProjection(32, stride=2)
        self.residual_4 = Residual(64)
        self.linear_1 = nn.Linear(64, 2)
        metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, x):  # 3 × 64 × 64
        x = self.conv_1(x)  # 16 × 64 × 64
        x = self.norm_1(x)
        x = F.relu(x)
        x = self.residual_1(x)
        x = self.residual_2(x)
        x = self.residual_projection_1(x)  # 32 × 32 × 32
        x = self.residual_3(x)
        x = self.residual_projection_2(x)  # 64 × 16 × 16
        x = self.residual_4(x)
        x = F.adaptive_avg_pool2d(x, output_size=1)  # 64 × 1 × 1
        x = torch.flatten(x, start_dim=1)  # 64
        x = self.linear_1(x)  # 2
        return x

    def training_step(self, batch, batch_idx):
        return self._step(batch, "train", self.train_metrics)

    def validation_step(self, batch, batch_idx):
        return self._step(batch, "valid", self.valid_metrics)

    def test_step(self, batch, batch_idx):
        return self._step(batch, "test", self.test_metrics)

    def _step(self, batch, split, metrics):
        images, labels = batch
        scores = self(images)
        loss = F.cross_entropy(scores, labels)
        metrics.update(scores, labels)
        self.log(f"{split}_loss", loss, on_step=False, on_epoch=True, prog_bar=True)
        self.log_dict(metrics, on_step=False, on_epoch=True, prog_bar=True)
        return loss

    def configure_optimizers(self):
        return torch.optim.Adam(self.parameters(), lr=0.001)


model = SmallResNet()
