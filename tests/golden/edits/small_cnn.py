# Small CNN, drawn with PathoLearn Lab.
# Change what you like: training uses this cell as it stands.
import lightning as L
import torch
import torch.nn.functional as F
import torchmetrics
from torch import nn

DATASET = "he_tissue"
EPOCHS = 6
BATCH_SIZE = 32


class SmallCNN(L.LightningModule):
    def __init__(self):
        super().__init__()
        self.conv_1 = nn.Conv2d(3, 8, kernel_size=3, padding="same")
        self.norm_1 = nn.BatchNorm2d(8)
        self.conv_2 = nn.Conv2d(8, 16, kernel_size=3, padding="same")
        self.norm_2 = nn.BatchNorm2d(16)
        self.conv_3 = nn.Conv2d(16, 32, kernel_size=3, padding="same")
        self.norm_3 = nn.BatchNorm2d(32)
        self.dropout_1 = nn.Dropout(0.3)
        self.linear_1 = nn.Linear(2048, 2)
        metrics = torchmetrics.MetricCollection(
            {
                "accuracy": torchmetrics.Accuracy(task="multiclass", num_classes=2),
            }
        )
        self.train_metrics = metrics.clone(prefix="train_")
        self.valid_metrics = metrics.clone(prefix="valid_")
        self.test_metrics = metrics.clone(prefix="test_")

    def forward(self, x):  # 3 × 64 × 64
        x = self.conv_1(x)  # 8 × 64 × 64
        x = self.norm_1(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 8 × 32 × 32
        x = self.conv_2(x)  # 16 × 32 × 32
        x = self.norm_2(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 16 × 16 × 16
        x = self.conv_3(x)  # 32 × 16 × 16
        x = self.norm_3(x)
        x = F.relu(x)
        x = F.max_pool2d(x, kernel_size=2)  # 32 × 8 × 8
        x = torch.flatten(x, start_dim=1)  # 2048
        x = self.dropout_1(x)
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


model = SmallCNN()
